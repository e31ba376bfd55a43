import { expect, it } from 'vitest'
import { plain } from '../../src/messages/text.ts'
import { createHouse, PICTURE_MS } from '../support/house.ts'
import { createSpeaker } from '../support/speaker.ts'

const open = async (env: Readonly<Record<string, string>> = {}) => {
  const house = await createHouse({ env: { ADMINS: 'scripted:olga', ...env } })
  return { house, ...createSpeaker(house) }
}

it('the same event twice is one job with the same answer', async () => {
  const { house, say } = await open()
  await say('admin', { from: 'olga', text: 'pause' })
  const first = await say('imagine', { text: 'a fox', key: 'once' })
  const second = await say('imagine', { text: 'a fox', key: 'once' })
  expect(second).toEqual(first)
  expect(house.store.jobs.countWaiting()).toBe(1)
})

it('flags are read in a prompt that came as a value, and values chosen one by one stand above them', async () => {
  const { house, say } = await open()
  const { job } = await say('imagine', { values: { prompt: 'a fox --seed 1 --n 2', seed: 9 } })
  expect(house.job(job!)).toMatchObject({ prompt: 'a fox', request: { seed: 9, count: 2 } })
})

it('the words of a reason that came as a value are all its own', async () => {
  const { house, say } = await open()
  const values = { action: 'grant', who: 'me', credits: 5, reason: 'for 3 posters --expires 7d of may' }
  await say('quota_admin', { from: 'olga', values })
  expect(house.store.audit.recent(1)[0]).toMatchObject({
    reason: 'for 3 posters of may',
    details: { amount: 5000, expires: '7d' },
  })
})

it('a prompt that is missing is asked for, and what was said already is kept', async () => {
  const { say, house } = await open()
  const { form } = await say('imagine', { text: '--seed 5 --style "Ink wash" --private' })
  expect(form?.fields.map((field) => field.name)).toEqual(['prompt'])
  const [command, text] = [form!.id.slice(0, 7), form!.id.slice(8)]
  const { job } = await say(command, { text, values: { prompt: 'a fox' } })
  expect(house.job(job!)).toMatchObject({ prompt: 'a fox', style: 'ink', private: true, request: { seed: 5 } })
})

it('a prompt that is missing beside more than a form can keep is not asked for: nothing said is dropped unseen', async () => {
  const { hears } = await open()
  for (const text of ['snow, '.repeat(20), '雪'.repeat(20)])
    expect(await hears('imagine', { text: `--private --no ${text}` })).toBe('prompt is missing.')
})

it('a form holds every setting of a picture, however long, and draws the same when it is sent as it is', async () => {
  const { house, say } = await open()
  const text = `a fox --seed 5 --ar 16:9 --steps 7 --n 2 --guidance 2 --vary 9 --private --no ${'x'.repeat(1000)}`
  const { job } = await say('imagine', { text })
  const { form } = await say('edit', { text: String(job) })
  for (const { value, maxLength } of form!.fields) expect(value.length).toBeLessThanOrEqual(maxLength)
  const values = Object.fromEntries(form!.fields.map(({ name, value }) => [name, value]))
  const { job: same } = await say('edit', { text: String(job), values })
  const { request, prompt, private: secret } = house.job(job!)
  expect(house.job(same!)).toMatchObject({ request, prompt, private: secret, source: job })
})

it("a shape that is typed into a form takes the place of its picture's size, not of one that was typed too", async () => {
  const { house, say, hears } = await open()
  const { job } = await say('imagine', { text: 'a fox' })
  const text = String(job)
  const [prompt, settings] = (await say('edit', { text })).form!.fields.map(({ value }) => value)
  for (const values of [
    { prompt: `${prompt} --ar 16:9`, settings: settings! },
    { prompt: prompt!, settings: `${settings} --ar 16:9` },
  ]) {
    const { job: wide } = await say('edit', { text, values })
    expect(house.job(wide!).request).toMatchObject({ widthPx: 80, heightPx: 48 })
  }
  const values = { prompt: `${prompt} --ar 16:9`, settings: settings!.replace('64x64', '32x32') }
  expect(await hears('edit', { text, values })).toMatch(/aspect and size don't go together/u)
})

it('who missed a picture is told once that it waits in the history, where only they read that', async () => {
  const { house, say, hears, draws } = await open()
  house.chat.trouble('post', 'gone')
  const missed = await draws('a fox')
  expect(house.store.posts.get(missed)?.state).toBe('undeliverable')
  expect(plain((await say('imagine', { text: 'a hen' })).text)).not.toContain('/history')
  expect(await hears('quota')).toContain(`1 picture, so it's free and waiting in /history: #${missed}.`)
  expect(await hears('quota')).not.toContain('/history')
})

it('of missed pictures those that are still there are told, in their order, and in no form or notice', async () => {
  const { house, hears } = await open()
  const told = /couldn't deliver .*: (?<jobs>.*)\.$/mu
  const miss = async () => {
    const { id } = house.order()
    house.services.delivery.attach(id, undefined)
    house.chat.trouble('post', 'gone')
    await house.clock.pass(PICTURE_MS)
    await house.told(id, 'undeliverable')
    return id
  }
  const [first, deleted, last] = [await miss(), await miss(), await miss()]
  house.services.pictures.remove(deleted)
  // Everybody reads the first.
  for (const command of ['about', 'imagine', 'save']) expect(await hears(command)).not.toMatch(told)
  expect(told.exec(await hears('quota'))?.groups?.jobs).toBe(`#${first}, #${last}`)
  const another = await miss()
  expect(told.exec(await hears('about', { direct: true }))?.groups?.jobs).toBe(`#${another}`)

  const late = house.order()
  house.services.delivery.attach(late.id, undefined)
  house.chat.trouble('post', { code: 'later', retryAfterMs: 60_000 })
  await house.clock.pass(PICTURE_MS)
  const newer = await miss()
  expect(told.exec(await hears('quota'))?.groups?.jobs).toBe(`#${newer}`)
  house.chat.trouble('post', 'gone')
  await house.clock.pass(60_000)
  await house.told(late.id, 'undeliverable')
  expect(told.exec(await hears('quota'))?.groups?.jobs).toBe(`#${late.id}`)
  expect(await hears('quota')).not.toMatch(told)
})

it('an event that comes again when its picture is there is answered in words: the picture comes by delivery alone', async () => {
  const { say, draws } = await open()
  const job = await draws('a fox', { key: 'once' })
  const { pictures, buttons, ...view } = await say('imagine', { text: 'a fox', key: 'once' })
  expect([view.job, view.working, pictures, buttons]).toEqual([job, true, undefined, undefined])
})

it('an event that comes again acts on nothing a second time, and is answered with what became of it', async () => {
  const { house, say, hears, draws } = await open()
  const job = await draws('a fox')
  for (let i = 0; i < 2; i++) expect(await hears('save', { key: 'star' })).toMatch(/⭐ Picture #1 is saved/u)
  expect(house.store.stars.has(house.job(job).person, job)).toBe(true)

  await say('imagine', { text: 'one', from: 'bob' })
  const asked = [await say('imagine', { text: 'two' }), await say('imagine', { text: 'three' })]
  for (let i = 0; i < 2; i++) expect(await hears('cancel', { key: 'stop' })).toMatch(/#4 is cancelled/u)
  expect(asked.map(({ job }) => house.job(job!).state)).toEqual(['queued', 'cancelled'])

  const code = /CODE\d+/u.exec(await hears('link'))![0]
  for (let i = 0; i < 2; i++)
    expect(await hears('link', { from: 'ann2', text: code, key: 'join' })).toMatch(/share your credits/u)
})

it('a fault of ours is one apology with a number that is in the log', async () => {
  const { house, say } = await open()
  const { queue } = house.services
  Object.defineProperty(house.services, 'queue', { get: () => ({ ...queue, size: () => expect.fail('broken') }) })
  const view = await say('queue', { key: 'unlucky' })
  expect(plain(view.text)).toMatch(/went wrong on our side.*scripted:unlucky/u)
  expect(view.private).toBe(true)
})

it('an answer that cannot be shown does not keep the job from being told', async () => {
  const { house } = await open()
  const asked = { key: 'k', command: 'imagine', text: 'a fox' }
  const address = { platform: 'scripted', chat: 'room', route: 'room' }
  const from = { platform: 'scripted', id: 'ann', name: 'ann' }
  await house.service.core.dispatch({ ...asked, address, from }, () => Promise.reject(new Error('cut')))
  const done = house.becomes(1, 'succeeded')
  await house.clock.pass(10_000)
  await done
  await house.clock.pass(1000)
  expect(house.store.posts.get(1)?.state).toBe('posted')
})

it('a refusal of a press is a word on the side and leaves the message alone', async () => {
  const { say } = await open()
  const view = await say('again', { text: '99', pressed: { platform: 'scripted', ref: 1 } })
  expect(view.kind).toBe('notice')
})

it("the language is the chosen one, then the platform's, then the configured one", async () => {
  const { hears } = await open({ LANGUAGE: 'zh' })
  expect(await hears('quota')).toMatch(/你还有/u)
  expect(await hears('quota', { locale: 'en-GB' })).toMatch(/You have/u)
  await hears('settings', { text: '--language en' })
  expect(await hears('quota', { locale: 'zh-CN' })).toMatch(/You have/u)
})

it("suggestions are one's own pictures, twenty-five at most", async () => {
  const { house, say } = await open()
  for (let i = 0; i < 30; i++) await say('imagine', { text: `fox ${i}` })
  const from = (id: string) => ({ platform: 'scripted', id, name: id })
  expect(house.service.core.complete('show', 'job', '', from('ann'))).toHaveLength(25)
  expect(house.service.core.complete('show', 'job', 'Fox 7', from('ann'))).toEqual([{ label: '#8 fox 7', value: '8' }])
  const { job } = await say('imagine', { text: 'A Bear' })
  for (const typed of ['bear ', '#31'])
    expect(house.service.core.complete('show', 'job', typed, from('ann'))).toMatchObject([{ value: String(job) }])
  expect(house.service.core.complete('show', 'job', '', from('bob'))).toEqual([])
  expect(house.service.core.complete('imagine', 'seed', '', from('ann'))).toEqual([])
})

it("suggested prompts are one's own that hold the words, newest first, each once, none cut short", async () => {
  const { house, say } = await open()
  await say('imagine', { text: 'a bear' })
  for (let i = 0; i < 30; i++) await say('imagine', { text: `fox ${i}` })
  await say('imagine', { text: 'a secret bear --private' })
  await say('imagine', { text: `a long bear ${'in the snow '.repeat(10)}` })
  await say('imagine', { text: 'a bear --seed 7' })
  await say('imagine', { from: 'bob', text: 'the bear of bob' })
  const prompts = (typed: string, id = 'ann') =>
    house.service.core
      .complete('imagine', 'prompt', typed, { platform: 'scripted', id, name: id })
      .map(({ label, value }) => (label === value ? value : `${label} for ${value}`))
  expect(prompts(' a BEA')).toEqual(['a bear', 'a secret bear'])
  expect(prompts('')).toHaveLength(25)
  expect(prompts('').slice(0, 3)).toEqual(['a bear', 'a secret bear', 'fox 29'])
  expect(prompts('fox 7')).toEqual(['fox 7'])
  expect(prompts('bear', 'bob')).toEqual(['the bear of bob'])
  expect(prompts('bear', 'carl')).toEqual([])
})

it('a prompt of several lines is suggested on one, and comes back as it was', async () => {
  const { house, say } = await open()
  await say('imagine', { text: 'a fox\nin the snow' })
  const found = house.service.core.complete('imagine', 'prompt', 'fox', {
    platform: 'scripted',
    id: 'ann',
    name: 'ann',
  })
  expect(found).toEqual([{ label: 'a fox in the snow', value: 'a fox\nin the snow' }])
})

it('a forgotten prompt is not suggested', async () => {
  const { house, draws, say } = await open()
  await draws('a fox')
  await say('privacy', { text: 'delete --confirm' })
  house.store.personData.forgetPrompt(await draws('a fox', { from: 'bob' }))
  for (const id of ['ann', 'bob'])
    for (const typed of ['', 'fox']) {
      const from = { platform: 'scripted', id, name: id }
      expect(house.service.core.complete('imagine', 'prompt', typed, from)).toEqual([])
    }
})

it("styles are suggested by their id and by their name in the person's language, and either is understood", async () => {
  const { house, say, hears } = await open()
  const styles = (typed: string, locale: string) =>
    house.service.core.complete('imagine', 'style', typed, { platform: 'scripted', id: 'ann', name: 'ann', locale })
  expect(styles('', 'en-US')).toHaveLength(13)
  expect(styles('WASH', 'en-US')).toEqual([{ label: 'Ink wash', value: 'ink' }])
  expect(styles('水墨', 'zh-CN')).toEqual([{ label: '水墨', value: 'ink' }])
  expect(styles('pix', 'zh-CN')).toEqual([{ label: '像素画', value: 'pixel' }])
  expect(styles('水墨', 'en-US')).toEqual([])
  for (const style of ['ink', '水墨', 'ink WASH']) {
    const { job } = await say('imagine', { values: { prompt: 'a fox', style } })
    expect(house.job(job!).style).toBe('ink')
  }
  expect(await hears('imagine', { values: { prompt: 'a fox', style: 'water' } })).toMatch(/style/u)
})
