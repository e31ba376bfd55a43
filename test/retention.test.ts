import { expect, test } from 'vitest'
import { createRefill } from '../src/refill.ts'
import { createRetention } from '../src/retention.ts'
import { createHouse, type House, PICTURE_MS, type Wish } from './support/house.ts'

const DAY_MS = 86_400_000

async function drawn(house: House, wish: Wish = {}): Promise<number> {
  const job = await house.ask(wish)
  await house.clock.pass((wish.count ?? 1) * PICTURE_MS)
  await house.told(job.id)
  return job.id
}

/** As the service has it, but swept by hand. */
function retentionOf({ services, store, clock }: House) {
  const { pictures, config, log } = services
  return createRetention({ store, pictures, clock, refill: createRefill(0, 'UTC'), config, log })
}

const there = (house: House, job: number) =>
  house.store.pictures.ofJob(job).every(({ path, deletedAt }) => !deletedAt && house.services.pictures.exists(path))

test('pictures past their age are deleted, but never a starred one', async () => {
  const house = await createHouse({ env: { PICTURE_DAYS: '30' } })
  const [plain, starred] = [await drawn(house), await drawn(house)]
  house.store.stars.add(house.job(starred).person, starred, house.clock.now())
  await house.clock.skip(29 * DAY_MS)
  expect(there(house, plain)).toBe(true)
  await house.clock.skip(DAY_MS + 3_600_000)
  expect(there(house, plain)).toBe(false)
  expect(there(house, starred)).toBe(true)
  expect(house.job(plain).prompt).toBe('a fox')
})

test('what was typed is forgotten at its age, and not found any more', async () => {
  const house = await createHouse({ env: { PROMPT_DAYS: '365', PICTURE_DAYS: '0' } })
  const old = await drawn(house)
  await house.clock.skip(366 * DAY_MS)
  expect(house.job(old)).toMatchObject({ prompt: '', request: { prompt: '' } })
  expect(house.store.prompts.search({ person: house.job(old).person, words: 'fox', limit: 9 })).toEqual([])
})

test('0 days is never', async () => {
  const house = await createHouse({ env: { PROMPT_DAYS: '0', PICTURE_DAYS: '0' } })
  const old = await drawn(house)
  await house.clock.skip(1000 * DAY_MS)
  expect(there(house, old)).toBe(true)
  expect(house.job(old).prompt).toBe('a fox')
})

test('before the disk is full the oldest pictures go, until there is room again', async () => {
  const house = await createHouse({
    env: { DISK_LIMIT_MB: '5' },
    encodePicture: async () => new Uint8Array(2 ** 20),
  })
  const jobs = []
  for (let index = 0; index < 5; index++) jobs.push(await drawn(house, { seed: 100 + index }))
  expect(() => house.order({ seed: 999 })).toThrow(/disk-full/u)
  retentionOf(house).sweep()
  expect(jobs.map((job) => there(house, job))).toEqual([false, true, true, true, true])
  expect(() => house.order({ seed: 999 })).not.toThrow()
})

test('a picture that no chat shows yet is kept', async () => {
  const house = await createHouse({ env: { PICTURE_DAYS: '1' } })
  const { job } = house.order()
  await house.clock.pass(PICTURE_MS)
  await house.becomes(job.id, 'succeeded')
  await house.stop()
  const later = await createHouse({ after: house, env: { PICTURE_DAYS: '1' }, still: true })
  await later.clock.skip(2 * DAY_MS)
  retentionOf(later).sweep()
  expect(there(later, job.id)).toBe(true)
})

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

test('the rest of a forgotten person goes after the refill, unless they came back', async () => {
  const house = await createHouse()
  const { store, services } = house
  const [ann, bob] = ['ann', 'bob'].map((name) => store.people.of('scripted', name, name, house.clock.now()))
  await services.erasure.erase(ann!, 'scripted:ann')
  await services.erasure.erase(bob!, 'scripted:bob')
  await house.clock.pass(3_600_000)
  store.people.of('scripted', 'bob', 'bob', house.clock.now())
  expect(store.people.exists(ann!)).toBe(true)
  await house.clock.skip(DAY_MS)
  expect(store.people.exists(ann!)).toBe(false)
  expect(store.people.exists(bob!)).toBe(true)
})

test('what a person asks for while they are being forgotten is cancelled, too', async () => {
  const house = await createHouse()
  const running = await house.ask({ from: 'ann' })
  const gone = house.services.erasure.erase(running.person, 'scripted:ann')
  const late = await house.ask({ from: 'ann' })
  await gone
  expect(house.job(late.id)).toMatchObject({ state: 'cancelled', prompt: '' })
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
  expect(store.people.exists(bob!)).toBe(false)
  expect(store.rules.all(clock.now())).toEqual([])
})
