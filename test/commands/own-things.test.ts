import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import Database from 'better-sqlite3'
import sharp from 'sharp'
import { expect, it } from 'vitest'
import { encodePicture } from '../../engine/picture.ts'
import { plain } from '../../src/messages/text.ts'
import { DATABASE } from '../../src/store/store.ts'
import { styleIds } from '../../src/styles.ts'
import { STAND_IN } from '../support/engine.ts'
import { createHouse } from '../support/house.ts'
import { createSpeaker } from '../support/speaker.ts'

const open = async () => {
  const house = await createHouse({
    env: { ADMINS: 'scripted:olga' },
    encodePicture: async (picture) =>
      new Uint8Array(
        await encodePicture(picture, { ...house.engines[0]!.requests.at(-1)!, seed: picture.seed }, STAND_IN),
      ),
  })
  return { house, ...createSpeaker(house) }
}

it('history turns its pages by buttons, five pictures each, in place', async () => {
  const { say } = await open()
  for (let i = 1; i <= 7; i++) await say('imagine', { text: `fox ${i}` })
  const first = await say('history')
  expect(plain(first.text).match(/#\d+/gu)).toEqual(['#7', '#6', '#5', '#4', '#3'])
  const next = first.buttons![1]!.find((button) => button.label.includes('Older'))!
  expect(next.id).toBe('history:--page 2')
  const second = await say('history', { text: '--page 2', pressed: { platform: 'scripted', ref: 1 } })
  expect(second.kind).toBe('replace')
  expect(plain(second.text).match(/#\d+/gu)).toEqual(['#2', '#1'])
  expect(second.buttons![1]!.map((button) => button.id)).toEqual(['history:--page 1'])
})

it("help on a picture's settings tells one's own defaults, and the loaded model's for the rest", async () => {
  const { say, hears } = await open()
  const told = await hears('help', { text: 'imagine' })
  for (const part of [
    /--steps .* · 1–50 · default 4\n/u,
    /--size .* · default 64x64\n/u,
    /--guidance .* · default 0\n/u,
  ])
    expect(told).toMatch(part)
  await say('settings', { text: '--aspect 16:9 --count 2' })
  const own = await hears('help', { text: 'imagine' })
  expect(own).toMatch(/--size .* · default 80x48\n/u)
  expect(own).toMatch(/--count .* · 1–4 · default 2\n/u)
})

it('past the end of the history it says how many pages there are, and turns back to the last', async () => {
  const { say, hears } = await open()
  expect(await hears('history', { text: '--page 9' })).toMatch(/Nothing here yet/u)
  expect((await say('history', { text: '--page 9' })).buttons).toEqual([])
  for (let i = 1; i <= 7; i++) await say('imagine', { text: `${i % 2 ? 'fox' : 'owl'} ${i}` })
  await say('save', { text: '1' })
  expect(await hears('history', { text: '--page 9' })).toMatch(/There are only 2 pages\.$/u)
  expect((await say('history', { text: '--page 9' })).buttons!.flat().map(({ id }) => id)).toEqual(['history:--page 2'])
  for (const text of ['--page 2 fox', '--page 2 --starred', '--page 2 --starred fox'])
    expect(await hears('history', { text })).toMatch(/There is only 1 page\.$/u)
  expect(await hears('history', { text: '--page 2 --starred owl' })).toMatch(/None of your prompts/u)
})

it('a picture is told of in the language that its person reads now', async () => {
  const { draws, say, hears } = await open()
  await draws('a fox --seed 7')
  await say('settings', { text: '--language zh' })
  expect(await hears('show', { text: '1' })).toMatch(/种子 7[\s\S]*提交于/u)
})

it('a deleted picture can be drawn anew, but neither saved nor deleted', async () => {
  const { draws, say } = await open()
  await draws('a fox')
  const ids = async () => (await say('show', { text: '1' })).buttons!.flat().map(({ id }) => id)
  expect(await ids()).toEqual(['again:1', 'vary:1', 'edit:1', 'save:1', 'remove:1'])
  await say('remove', { text: '1' })
  expect(await ids()).toEqual(['again:1', 'vary:1', 'edit:1'])
})

it('saved pictures can be searched', async () => {
  const { say, hears } = await open()
  for (const text of ['fox 1', 'fox 2', 'boat 3']) await say('imagine', { text })
  for (const job of [1, 3]) await say('save', { text: String(job) })
  const found = await hears('history', { text: 'fox --starred' })
  expect(found).toMatch(/^Your saved pictures with fox/u)
  expect(found.match(/#\d+/gu)).toEqual(['#1'])
})

it('no button is longer than a platform takes, whatever was searched for', async () => {
  const { say } = await open()
  for (let i = 1; i <= 7; i++) await say('imagine', { text: '一只狐狸在雪地里奔跑追逐蝴蝶' })
  for (const search of ['狐狸', '一只狐狸在雪地里奔跑追逐蝴蝶']) {
    const view = await say('history', { text: search })
    const ids = view.buttons!.flat().map((button) => Buffer.byteLength(button.id))
    expect(Math.max(...ids)).toBeLessThanOrEqual(64)
    expect(view.buttons!.length === 2 || plain(view.text).includes('--page 2')).toBe(true)
  }
})

it('a picture is known again by its pixels when its metadata is lost, and by its text when its pixels are not ours', async () => {
  const { house, draws, hears } = await open()
  const job = await draws('a fox --seed 7')
  const file = readFileSync(join(house.folder, house.store.pictures.ofJob(job)[0]!.path))
  const bare = await sharp(file).png().toBuffer()
  expect(await hears('show', { attachment: bare })).toMatch(/a fox\n#1 .*seed 7[\s\S]*Picture #1, requested/u)

  const request = { prompt: 'a cat', widthPx: 64, heightPx: 64, steps: 4, guidance: 2, seed: 5, negativePrompt: 'fog' }
  const other = { widthPx: 64, heightPx: 64, pixels: new Uint8Array(64 * 64 * 3), seed: 5, computeMs: 1 }
  const foreign = await encodePicture(other, request, STAND_IN)
  const told = await hears('show', { attachment: foreign })
  for (const part of ['prompt: a cat', 'negative: fog', 'seed: 5', 'size: 64x64', 'steps: 4'])
    expect(told).toContain(part)
})

it('a picture that many others drew before is known by each who drew it', async () => {
  const { house, draws, say, hears } = await open()
  await draws('a fox --seed 1', { from: 'p1', chat: 'room of p1' })
  for (let i = 2; i < 13; i++) await say('imagine', { text: 'a fox --seed 1', from: `p${i}`, chat: `room of p${i}` })
  const job = await draws('a fox --seed 1', { chat: 'room of ann' })
  const bare = await sharp(readFileSync(join(house.folder, house.store.pictures.ofJob(job)[0]!.path)))
    .png()
    .toBuffer()
  expect(await hears('show', { attachment: bare })).toContain(`Picture #${job}, requested`)
  expect(await hears('show', { attachment: bare, from: 'bob', chat: 'room of p4' })).toContain('Picture #4, requested')
  expect(await hears('show', { attachment: bare, from: 'bob' })).toMatch(/I didn't draw this picture/u)
})

it('a picture is drawn once more just as it was, free where it is still stored', async () => {
  const { house, draws, say, hears } = await open()
  const job = await draws('a fox --seed 7 --n 2')
  const second = house.store.pictures.ofJob(job)[1]!
  const bare = await sharp(readFileSync(join(house.folder, second.path)))
    .png()
    .toBuffer()
  const one = await say('reproduce', { from: 'bob', attachment: bare })
  expect(house.job(one.job!).request).toMatchObject({ seed: 8, count: 1, prompt: 'a fox' })
  expect(await hears('reproduce', { from: 'bob', text: String(job) })).toMatch(/drawn before[\s\S]*free/u)
})

it.each([
  ['no-picture', /no picture in that message/u],
  ['picture-not-fetched', /couldn't fetch this picture/u],
] as const)(
  'where a picture was meant and there is %s, none is shown or drawn in its place',
  async (attachment, said) => {
    const { house, draws, say, hears } = await open()
    const job = await draws('a fox')
    const left = house.left('ann')
    for (const command of ['show', 'reproduce']) {
      expect(await hears(command, { attachment })).toMatch(said)
      expect(await say(command, { attachment })).not.toHaveProperty('job')
      expect(await hears(command, { attachment, text: String(job) })).toMatch(/a fox/u)
      expect(await hears(command)).toMatch(/a fox/u)
    }
    expect(house.left('ann')).toBe(left)
  },
)

it("somebody's private picture tells a stranger who holds the file no more than the file does", async () => {
  const { house, draws, hears } = await open()
  const job = await draws('a secret fox --private')
  const bare = await sharp(readFileSync(join(house.folder, house.store.pictures.ofJob(job)[0]!.path)))
    .png()
    .toBuffer()
  expect(await hears('show', { from: 'bob', attachment: bare })).toMatch(/I didn't draw this picture/u)
})

it('a file that is no picture is said to be none', async () => {
  const { hears } = await open()
  expect(await hears('show', { attachment: Buffer.from('hello') })).toMatch(/can't read this file/u)
})

it('of the pictures that people point at only a few are fetched at once; the others are waited for', async () => {
  const { house, draws, hears } = await open()
  const job = await draws('a fox')
  const bytes = await sharp(readFileSync(join(house.folder, house.store.pictures.ofJob(job)[0]!.path)))
    .png()
    .toBuffer()
  let [under, most] = [0, 0]
  const attachment = async () => {
    most = Math.max(most, ++under)
    await new Promise((resolve) => setImmediate(resolve))
    under--
    return bytes
  }
  const answers = await Promise.all(Array.from({ length: 12 }, () => hears('show', { attachment })))
  expect(answers.every((answer) => answer.includes('a fox'))).toBe(true)
  expect(most).toBe(3)
  // One that can't be had takes nobody's place for good.
  const broken = Array.from({ length: 4 }, () => hears('show', { attachment: 'picture-not-fetched' }))
  expect((await Promise.all(broken)).every((answer) => answer.includes("couldn't fetch"))).toBe(true)
  expect(await hears('show', { attachment })).toContain('a fox')
})

it('a drawing made of instructions is not computed: it could take minutes', async () => {
  const { hears } = await open()
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>'
  for (const attachment of [Buffer.from(svg), gzipSync(svg)])
    expect(await hears('show', { attachment })).toMatch(/can't read this file/u)
})

it('own defaults are used, and taken back', async () => {
  const { house, say } = await open()
  await say('settings', { text: '--aspect 16:9 --count 2 --style ink' })
  const { job } = await say('imagine', { text: 'a fox' })
  expect(house.job(job!)).toMatchObject({ style: 'ink', request: { widthPx: 80, heightPx: 48, count: 2 } })
  await say('settings', { text: '--style none --aspect none' })
  const { job: plainJob } = await say('imagine', { text: 'a fox' })
  expect(house.job(plainJob!).request).toMatchObject({ prompt: 'a fox', widthPx: 64, heightPx: 64 })
})

it('the styles turn in a circle, and no two buttons of the panel do the same', async () => {
  const { say } = await open()
  const pressed = { platform: 'scripted', ref: 1 }
  let panel = await say('settings')
  const seen = new Set<string>()
  for (let i = 0; i <= styleIds.length; i++) {
    const ids = panel.buttons!.flat().map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const { id } = panel.buttons!.flat().find(({ label }) => label === '›')!
    seen.add(id)
    panel = await say('settings', { text: id.slice(id.indexOf(':') + 1), pressed })
  }
  expect([...seen]).toEqual(styleIds.map((style) => `settings:--style ${style}`))
})

it('who wants it has their pictures covered, and nobody else', async () => {
  const { house, draws, say, hears } = await open()
  const covered = async (from: string) => {
    const job = await draws('a fox', { from })
    const { pictures = [] } = [...house.chat.messages.values()].findLast(({ view }) => view.job === job)!.view
    return pictures.map(({ spoiler }) => spoiler ?? false)
  }
  const toggle = async () => (await say('settings')).buttons!.flat().find(({ label }) => label.includes('Cover'))!
  expect(await toggle()).toMatchObject({ id: 'settings:--spoiler on', label: 'Cover my pictures' })
  expect(await hears('settings', { text: '--spoiler on' })).toMatch(/covered/u)
  expect(await toggle()).toMatchObject({ id: 'settings:--spoiler off', label: '✓ Cover my pictures' })
  expect(await covered('ann')).toEqual([true])
  expect(await covered('bob')).toEqual([false])
  await say('settings', { text: '--spoiler off' })
  expect(await covered('ann')).toEqual([false])
})

it('a code makes two accounts one person, once, and not for ever', async () => {
  const { house, draws, say, hears } = await open()
  await draws('a fox')
  const { text } = await say('link')
  const code = /CODE\d+/u.exec(plain(text))![0]
  expect(await hears('link', { text: code })).toMatch(/your own/u)
  expect(await hears('link', { from: 'ann2', text: code.toLowerCase() })).toMatch(/share your credits/u)
  expect(await hears('history', { from: 'ann2' })).toMatch(/a fox/u)
  expect(house.left('ann2')).toBe(house.left('ann'))
  expect(await hears('link', { from: 'bob', text: code })).toMatch(/unknown or has expired/u)
  const late = /CODE\d+/u.exec(await hears('link'))![0]
  await house.clock.pass(10 * 60_000)
  expect(await hears('link', { from: 'bob', text: late })).toMatch(/unknown or has expired/u)
})

it('two accounts have two turns in the line until they are one person, and one from then on', async () => {
  const { house, say } = await open()
  for (const from of ['bob', 'ann', 'ann2', 'bob', 'ann', 'ann2', 'bob']) await say('imagine', { from, text: 'a fox' })
  expect(house.services.queue.line()).toEqual([2, 3, 4, 5, 6, 7])
  const code = /CODE\d+/u.exec(plain((await say('link')).text))![0]
  await say('link', { from: 'ann2', text: code })
  expect(house.services.queue.line()).toEqual([2, 3, 4, 5, 7, 6])
})

it("a person's data has what they asked for, and no token that leads to a platform's message", async () => {
  const { house, draws, say } = await open()
  const route = { chat: 'room', token: 'marker' }
  const job = await draws('a fox --no fog', { address: { platform: 'scripted', chat: 'room', route } })
  house.store.notes.of('scripted').note('@ann_l', 'ann', { account: 'ann' })
  const { files } = await say('privacy', { text: 'export' })
  expect(files).toMatchObject([{ name: 'zimagine-data.json', mime: 'application/json' }])
  const text = Buffer.from(files![0]!.content).toString()
  expect(text).not.toContain('marker')
  expect(JSON.parse(text)).toMatchObject({
    mentions: [{ name: '@ann_l' }],
    jobs: [{ id: job, prompt: 'a fox', state: 'succeeded', request: expect.stringContaining('fog') }],
    pictures: [{ job, path: house.store.pictures.ofJob(job)[0]!.path }],
    ledger: [{ kind: 'reserve' }, { kind: 'settle' }],
  })
})

it('data that a message does not hold is packed, a file a table; where that is not enough, its person is told', async () => {
  const { house, draws, say, hears } = await open()
  const job = await draws('a fox')
  const db = new Database(join(house.folder, DATABASE))
  const columns = (db.pragma('table_info(jobs)') as { name: string }[]).map(({ name }) => name)
  const copied = columns.filter((name) => name !== 'id' && name !== 'event')
  db.prepare(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2600)
     INSERT INTO jobs (event, ${copied}) SELECT 'copy:' || i, ${copied} FROM jobs, n WHERE jobs.id = ?`,
  ).run(job)
  db.prepare('UPDATE jobs SET prompt = hex(randomblob(2000))').run()

  const { files } = await say('privacy', { text: 'export' })
  expect(files!.map(({ name }) => name)).toContain('zimagine-jobs.json.gz')
  for (const { content } of files!) expect(content.length).toBeLessThan(10 * 2 ** 20)
  const jobs = files!.find(({ name }) => name.includes('jobs'))!
  expect(JSON.parse(gunzipSync(jobs.content).toString())).toHaveLength(2601)

  db.prepare('UPDATE jobs SET prompt = hex(randomblob(5000))').run()
  db.close()
  expect(await hears('privacy', { text: 'export' })).toMatch(/Your data doesn't fit into a message/u)
})

it('deleting everything leaves neither words nor files, and asks first', async () => {
  const { house, draws, say, hears } = await open()
  const job = await draws('a fox')
  const asked = await say('privacy', { text: 'delete' })
  expect(asked.buttons![0]![0]!.id).toBe('privacy:delete --confirm')
  expect(house.job(job).prompt).toBe('a fox')
  await say('privacy', { text: 'delete --confirm' })
  expect(house.job(job).prompt).toBe('')
  expect(house.store.pictures.ofJob(job)[0]!.deletedAt).toBeDefined()
  expect(await hears('again', { text: String(job) })).toMatch(/is no longer kept/u)
})

it('a picture of a size that the model never learnt says so', async () => {
  const profile = { ...STAND_IN.profile, learntEdgesPx: [64, 128] }
  const { draws, hears } = createSpeaker(await createHouse({ engine: () => ({ info: { profile } }) }))
  const shows = async (prompt: string) => hears('show', { text: String(await draws(prompt)) })
  expect(await shows('a fox --ar 16:9')).toMatch(/Stand-in only learnt to draw 64×64 and 128×128/u)
  expect(await shows('a fox --size 256x256')).toMatch(/come out odd/u)
  expect(await shows('a fox')).not.toMatch(/learnt/u)
  expect(await shows('a fox --size 128x128')).not.toMatch(/learnt/u)
})

it('a negative prompt that does nothing is said to be ignored', async () => {
  const { house, draws, hears } = await open()
  const job = await draws('a fox --no blur')
  expect(await hears('show', { text: String(job) })).toMatch(/Stand-in can.t use negative prompts/u)
  expect(house.job(job).request.negativePrompt).toBe('blur')
})
