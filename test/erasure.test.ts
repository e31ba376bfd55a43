import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { runDoctor } from '../src/doctor.ts'
import { plain } from '../src/messages/text.ts'
import type { Entry } from '../src/store/ledger.ts'
import { DATABASE } from '../src/store/store.ts'
import { copies, drawn, kept } from './support/drawn.ts'
import { createHouse, PICTURE_MS } from './support/house.ts'
import { createSpeaker } from './support/speaker.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const SQLITE_WAITS_MS = 5_000

test('who asks to be forgotten is: nothing they typed or made is left, and no second allowance', async () => {
  const house = await createHouse()
  const full = house.left('ann')
  const { store, services } = house
  const done = await drawn(house, { from: 'ann', count: 2 })
  const running = await house.ask({ from: 'ann' })
  const waiting = await house.ask({ from: 'ann' })
  const bobs = await house.ask({ from: 'bob' })
  const { person } = house.job(done)
  const paths = store.pictures.ofJob(done).map(({ path }) => path)
  const spent = full - house.left('ann') - running.cost - waiting.cost
  store.settings.set(person, 'style', 'portrait')

  await services.erasure.erase(person, 'scripted:ann')

  expect(JSON.stringify(store.personData.exportOf(person))).not.toMatch(/fox|portrait/u)
  expect(paths.some((path) => services.pictures.exists(path))).toBe(false)
  expect(store.prompts.search({ person, words: 'fox', limit: 9 })).toEqual([])
  expect([running, waiting].map(({ id }) => house.job(id).state)).toEqual(['cancelled', 'cancelled'])
  await house.becomes(bobs.id, 'running')
  expect(full - house.left('ann')).toBe(spent)
})

test('who has deleted everything is shown nothing of it, and what they ask for from then on', async () => {
  const house = await createHouse()
  const { say } = createSpeaker(house)
  const read = async (command: string) => plain((await say(command)).text)
  const done = await drawn(house, { from: 'ann' })
  expect(await read('history')).toContain(`#${done}`)
  await house.services.erasure.erase(house.job(done).person, 'scripted:ann')
  const { history, countHistory } = house.store.jobs
  const { person } = house.job(done)
  expect([history({ person, limit: 9 }), countHistory({ person })]).toEqual([[], 0])
  expect(await read('history')).toContain('Nothing here yet.')
  expect(await read('show')).toContain('You have no pictures yet.')
  const next = await drawn(house, { from: 'ann' })
  expect(await read('history')).toMatch(new RegExp(`^Your pictures\n#${next} [^\n]*$`, 'u'))
})

test('what was deleted is in no file any more, and what others typed is', async () => {
  const house = await createHouse()
  for (const seed of [1, 2, 3]) await drawn(house, { from: 'ann', prompt: 'a xylophonic fox', seed })
  await drawn(house, { from: 'bob', prompt: 'a mahogany fox' })
  await house.services.erasure.erase(house.job(1).person, 'scripted:ann')
  const told = everyFile(house.folder)
  expect(told).toContain('mahogany')
  expect(told).not.toContain('xylophonic')
})

test('while somebody else reads the database nobody waits for them, and what was deleted goes when they are gone', async () => {
  const house = await createHouse()
  const job = await drawn(house, { from: 'ann', prompt: 'a xylophonic fox' })
  const reader = new Database(join(house.folder, DATABASE), { readonly: true })
  reader.exec('BEGIN')
  reader.prepare('SELECT count(*) FROM jobs').get()
  const begunAt = performance.now()
  await house.services.erasure.erase(house.job(job).person, 'scripted:ann')
  expect(performance.now() - begunAt).toBeLessThan(SQLITE_WAITS_MS)
  expect(everyFile(house.folder)).toContain('xylophonic')
  reader.close()
  await house.clock.skip(HOUR_MS)
  expect(everyFile(house.folder)).not.toContain('xylophonic')
})

test.each(['later', 'gone'] as const)(
  'a picture that no chat shows yet when its person is forgotten costs them nothing, and is not posted either (%s)',
  async (trouble) => {
    const house = await createHouse()
    house.chat.pace = PICTURE_MS * 1000
    const full = house.left('ann')
    const job = await house.ask({ from: 'ann' })
    const release = house.chat.hold()
    await house.clock.pass(PICTURE_MS)
    await house.becomes(job.id, 'succeeded')
    const { length } = house.chat.calls
    house.chat.trouble('update', trouble)
    await house.services.erasure.erase(job.person, 'scripted:ann')
    expect(house.left('ann')).toBe(full)
    release()
    await house.clock.pass(60_000)
    expect(house.store.posts.get(job.id)?.state).toBe('undeliverable')
    expect(house.chat.calls).toHaveLength(length)
  },
)

test('where a picture cannot be deleted the wish to be forgotten fails, and is granted when it can', async () => {
  const house = await createHouse()
  const job = await drawn(house, { from: 'ann' })
  const { person } = house.job(job)
  const file = house.services.pictures.file(house.store.pictures.ofJob(job)[0]!.path)
  // No file that can be unlinked, not even by root.
  rmSync(file)
  mkdirSync(file)
  await expect(house.services.erasure.erase(person, 'scripted:ann')).rejects.toThrow()
  expect(house.job(job).prompt).toBe('a fox')
  rmdirSync(file)
  await house.services.erasure.erase(person, 'scripted:ann')
  expect(house.job(job).prompt).toBe('')
})

test('a chart with their name in it goes, too', async () => {
  const house = await createHouse({ env: { ADMINS: 'scripted:olga' } })
  const job = await drawn(house, { from: 'ann' })
  const stats = () => createSpeaker(house).say('admin', { from: 'olga', text: 'stats' })
  const view = await stats()
  const [chart] = view.pictures!
  expect(house.services.pictures.exists(chart!.path)).toBe(true)
  await house.services.erasure.erase(house.job(job).person, 'scripted:ann')
  expect(house.services.pictures.exists(chart!.path)).toBe(false)
  expect(plain((await stats()).text)).toMatch(/1\. #1 · 1 picture/u)
})

test('while somebody with many pictures is being forgotten, others are served', async () => {
  const house = await createHouse()
  const job = await drawn(house, { from: 'ann' })
  const { person } = house.job(job)
  const all = [job, ...copies(house, job, 1000, 1)]
  const gone = house.services.erasure.erase(person, 'scripted:ann')
  const bobs = await house.ask({ from: 'bob' })
  expect(kept(house, all).length).toBeGreaterThan(0)
  await gone
  expect(kept(house, all)).toEqual([])
  expect(house.job(bobs.id).state).toBe('running')
})

test('of somebody with many jobs a part is forgotten at a time, the rest after the refill, too', async () => {
  const house = await createHouse()
  const { store, services, clock } = house
  const job = await drawn(house, { from: 'ann' })
  const { person } = house.job(job)
  const all = [job, ...copies(house, job, 299, 1)]
  const typed = () => all.filter((id) => house.job(id).prompt !== '').length
  const gone = services.erasure.erase(person, 'scripted:ann')
  expect(typed()).toBe(200)
  await gone
  expect(typed()).toBe(0)
  const rows = () => all.filter((id) => store.jobs.get(id)).length
  await clock.skip(DAY_MS)
  expect(rows()).toBe(100)
  await clock.pass(1000)
  expect(rows()).toBe(0)
  expect(store.personData.exportOf(person)).toMatchObject({ people: [], ledger: [] })
})

test('the rest of a forgotten person goes after the refill, unless they came back', async () => {
  const house = await createHouse()
  const { store, services } = house
  const [ann, bob] = ['ann', 'bob'].map((name) => store.people.of('scripted', name, name, house.clock.now()))
  await services.erasure.erase(ann!, 'scripted:ann')
  await services.erasure.erase(bob!, 'scripted:bob')
  await house.clock.pass(3_600_000)
  store.people.of('scripted', 'bob', 'bob', house.clock.now())
  expect(store.personData.exportOf(ann!).people).toHaveLength(1)
  await house.clock.skip(DAY_MS)
  expect(store.personData.exportOf(ann!).people).toHaveLength(0)
  expect(store.personData.exportOf(bob!).people).toHaveLength(1)
})

test('who comes back after deleting everything is rid of it at the refill all the same, and of no debt', async () => {
  const house = await createHouse({ env: { CREDITS_PER_DAY: '0.003' } })
  const { store, services, clock } = house
  const balance = (person: number) => services.quota.balance({ person, platform: 'scripted', chat: 'room' })
  const first = await drawn(house)
  const { person } = house.job(first)
  services.quota.grant({ person, amount: 10, actor: 'scripted:olga' })
  const paid = await drawn(house)
  const { id: gift, left } = balance(person).grants[0]!
  expect(store.ledger.ofJob(paid).some(({ source }) => source === gift)).toBe(true)
  await services.erasure.erase(person, 'scripted:ann')
  await clock.pass(1000)
  const later = await drawn(house)
  const paidLater = balance(person).grants[0]!.left
  expect(paidLater).toBeLessThan(left)
  services.quota.reset({ person, actor: 'scripted:olga', event: 'a reset' })

  await clock.skip(DAY_MS)
  const { people, jobs, pictures, ledger } = store.personData.exportOf(person) as Record<string, Partial<Entry>[]>
  expect(people).toMatchObject([{ id: person, erased_at: null }])
  expect(jobs).toMatchObject([{ id: later }])
  expect(pictures).toMatchObject([{ job: later }])
  expect([...new Set(ledger!.map(({ job }) => job))].sort()).toEqual([later, null])
  expect(ledger!.filter(({ event }) => event === 'a reset')).toHaveLength(1)
  expect(balance(person).grants[0]!.left).toBe(paidLater)
  await services.erasure.erase(person, 'scripted:ann')
  await clock.pass(1000)
  store.people.of('scripted', 'ann', 'ann', clock.now())
  await clock.skip(DAY_MS)
  expect(store.jobs.get(later)).toBeUndefined()
  expect(balance(person).grants[0]!.left).toBe(paidLater)
  const said: string[] = []
  expect(
    runDoctor(house.folder, (line) => said.push(line)),
    said.join('\n'),
  ).toBe(true)
})

test('what was erased goes at the refill though its account is another person by then', async () => {
  const house = await createHouse()
  const { store, services, clock } = house
  const old = await drawn(house, { from: 'ann' })
  const { person } = house.job(old)
  await services.erasure.erase(person, 'scripted:ann')
  await clock.pass(1000)
  const bob = house.job(await drawn(house, { from: 'bob' })).person
  store.people.of('scripted', 'ann', 'ann', clock.now())
  store.personData.merge(person, bob, clock.now())
  await clock.skip(DAY_MS)
  expect(store.jobs.history({ person: bob, limit: 9 })).toMatchObject([{ prompt: 'a fox' }])
  expect(store.jobs.get(old)).toBeUndefined()
})

test('what a person asks for while they are being forgotten is cancelled, too', async () => {
  const house = await createHouse()
  const running = await house.ask({ from: 'ann' })
  const gone = house.services.erasure.erase(running.person, 'scripted:ann')
  const late = await house.ask({ from: 'ann' })
  await gone
  expect(house.job(late.id)).toMatchObject({ state: 'cancelled', prompt: '' })
})

test('who asks for a picture in the moment after everything was deleted has come back', async () => {
  const house = await createHouse()
  const { store, services, clock } = house
  const person = store.people.of('scripted', 'ann', 'ann', clock.now())
  const gone = services.erasure.erase(person, 'scripted:ann')
  const job = house.order({ from: 'ann' })
  await gone
  await clock.skip(DAY_MS)
  expect(store.personData.exportOf(person).people).toHaveLength(1)
  expect(house.job(job.id).prompt).toBe('a fox')
})

test('a block outlives the wish to be forgotten, and what was decided about who is gone goes with them', async () => {
  const house = await createHouse()
  const { store, services, clock } = house
  const [ann, bob] = ['ann', 'bob'].map((name) => store.people.of('scripted', name, name, clock.now()))
  const block = { scope: 'person', verdict: 'blocked', actor: 'a', reason: undefined, at: 0 } as const
  store.verdicts.put({ ...block, key: String(ann), expiresAt: undefined })
  store.verdicts.put({ ...block, key: String(bob), expiresAt: clock.now() + 1000 })
  store.rules.put({ scope: 'person', key: String(bob), maxSteps: 5, actor: 'a', at: 0 })
  for (const person of [ann!, bob!]) await services.erasure.erase(person, 'scripted:x')
  await clock.skip(DAY_MS)
  expect(store.people.of('scripted', 'ann', 'ann', clock.now())).toBe(ann)
  expect(store.verdicts.get('person', String(ann), clock.now())?.verdict).toBe('blocked')
  expect(store.personData.exportOf(bob!).people).toHaveLength(0)
  expect(store.rules.all(clock.now())).toEqual([])
})

function everyFile(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')).join('\n')
}
