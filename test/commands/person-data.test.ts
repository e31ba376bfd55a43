import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { plain } from '../../src/messages/text.ts'
import { DATABASE } from '../../src/store/store.ts'
import { createHouse } from '../support/house.ts'
import { createSpeaker } from '../support/speaker.ts'

const open = async () => {
  const house = await createHouse()
  return { house, ...createSpeaker(house) }
}

it('a code makes two accounts one person, once, and not for ever', async () => {
  const { house, draws, say, hears } = await open()
  await draws('a fox')
  const { text } = await say('link')
  const code = /CODE\d+/u.exec(plain(text))![0]
  expect(await hears('link', { text: code })).toMatch(/your own/u)
  expect(await hears('link', { from: 'ann2', text: code.toLowerCase() })).toMatch(
    /^Done\. Scripted and Scripted now share your credits/u,
  )
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
  const job = await draws('a fox --style ink')
  const asked = await say('privacy', { text: 'delete' })
  expect(asked.buttons![0]![0]!.id).toBe('privacy:delete --confirm')
  expect(house.job(job).prompt).toBe('a fox')
  await say('privacy', { text: 'delete --confirm' })
  expect(house.job(job)).toMatchObject({ prompt: '', request: { prompt: '' } })
  expect(house.job(job).style).toBeUndefined()
  expect(house.store.pictures.ofJob(job)[0]!.deletedAt).toBeDefined()
  expect(await hears('again', { text: String(job) })).toMatch(/is no longer kept/u)
})
