import { mkdirSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EngineError } from '../engine/engine.ts'
import { HALF_LIFE_MS } from '../src/shares.ts'
import { createHouse, PICTURE_MS } from './support/house.ts'

const DAY_MS = 86_400_000

test('what ran when the process stopped waits again in its old place', async () => {
  const before = await createHouse()
  const jobs = [await before.ask({ seed: 1 }), await before.ask({ seed: 2 }), await before.ask({ seed: 3 })]
  await before.clock.pass(PICTURE_MS / 2)
  await before.stop()
  expect(before.engines[0]!.requests).toHaveLength(1)
  const house = await createHouse({ after: before })
  await house.clock.pass(3 * PICTURE_MS)
  for (const { id } of jobs) await house.becomes(id, 'succeeded')
  expect(house.seeds()).toEqual([1, 2, 3])
  expect(house.job(jobs[0]!.id).attempts).toBe(1)
})

test('nothing stays on the disk of pictures that were being written when the process was killed, at whatever hour', async () => {
  const before = await createHouse({ still: true })
  const jobs = [await before.ask({ count: 2 }), await before.ask()]
  for (const { id } of jobs) before.store.jobs.start(id, before.clock.now())
  await before.stop()
  const day = `${before.folder}/pictures/${new Date(before.clock.now()).toISOString().slice(0, 10)}`
  mkdirSync(day)
  for (const name of ['1-0.png', '1-1.png.part', '2-0.png']) writeFileSync(`${day}/${name}`, 'a fox')
  await before.clock.skip(DAY_MS)
  const house = await createHouse({ after: before })
  expect(house.job(jobs[1]!.id)).toMatchObject({ state: 'queued', startedAt: undefined })
  house.services.queue.cancel(jobs[0]!.id, 'scripted:ann')
  await house.clock.pass(PICTURE_MS)
  await house.becomes(jobs[1]!.id, 'succeeded')
  const [picture] = house.store.pictures.ofJob(jobs[1]!.id)
  expect(house.files()).toEqual([picture!.path.replace(/^.*\//u, '')])
})

test('a stop gives the running job until its deadline', async () => {
  const before = await createHouse()
  const job = await before.ask()
  await before.ask()
  await before.stop(4 * PICTURE_MS)
  const house = await createHouse({ after: before, still: true })
  expect(house.job(job.id).state).toBe('succeeded')
  expect(house.store.jobs.waiting()).toHaveLength(1)
})

test('a stop gives a job of several pictures as long, and puts back one that others are drawn before', async () => {
  const before = await createHouse()
  const several = await before.ask({ from: 'ann', count: 3 })
  const single = await before.ask({ from: 'bob' })
  await before.clock.pass(1.5 * PICTURE_MS)
  await before.stop(4 * PICTURE_MS)
  const house = await createHouse({ after: before, still: true })
  expect(house.job(single.id).state).toBe('succeeded')
  expect(house.job(several.id)).toMatchObject({ state: 'queued', attempts: 0, startedAt: undefined })
  house.service.start()
  await house.clock.pass(PICTURE_MS / 2)
  await house.stop(12 * PICTURE_MS)
  const last = await createHouse({ after: before, still: true })
  expect(last.job(several.id).state).toBe('succeeded')
  expect(last.store.pictures.ofJob(several.id)).toHaveLength(3)
})

// The engine is closed meanwhile, and says the one or the other.
test.each(['cancelled', 'closed'] as const)(
  'a step that outlasts the deadline holds up neither the outbox nor the platforms, and its job waits again (%s)',
  async (code) => {
    const before = await createHouse()
    const engine = before.engines[0]!
    const draw = engine.generate.bind(engine)
    engine.generate = async (request, { signal, ...options } = {}) => {
      const drawn = await draw({ ...request, steps: 1 }, options)
      if (signal?.aborted) throw new EngineError(code, `the request was ${code}`)
      return drawn
    }
    const job = await before.ask({ steps: 100 })
    await before.clock.pass(10)
    const done: string[] = []
    const end = before.service
      .stop(PICTURE_MS / 10, async () => void done.push('platforms'))
      .then(() => done.push('all'))
    await before.clock.pass(PICTURE_MS / 10)
    expect(done).toEqual(['platforms'])
    expect(before.job(job.id).state).toBe('running')
    await before.clock.pass(PICTURE_MS)
    await end
    const house = await createHouse({ after: before, still: true })
    expect(house.job(job.id)).toMatchObject({ state: 'queued', attempts: 0 })
  },
)

test('a request that comes during the stop is refused', async () => {
  const house = await createHouse()
  await house.ask()
  const end = house.stop(PICTURE_MS)
  expect(() => house.order()).toThrow(/draining/u)
  await end
})

test('a picture that is being written at the stop is waited for, and told', async () => {
  const write = Promise.withResolvers<void>()
  const house = await createHouse({ encodePicture: async ({ pixels }) => write.promise.then(() => pixels) })
  const job = await house.ask()
  await house.clock.pass(PICTURE_MS)
  const told = house.told(job.id)
  const end = house.stop(PICTURE_MS)
  write.resolve()
  await Promise.all([told, end])
})

test('a line that is resumed during the stop begins nothing', async () => {
  const house = await createHouse()
  house.services.queue.pause()
  await house.ask()
  const end = house.stop(PICTURE_MS)
  house.services.queue.resume()
  await end
  expect(house.engines[0]!.requests).toEqual([])
})

test('a job that ran at ten deaths of the process is not tried again', async () => {
  const house = await createHouse({ still: true })
  const [atNine, atTen] = [house.order(), house.order()]
  for (let death = 1; death <= 10; death++) {
    for (const { id } of death < 10 ? [atNine, atTen] : [atTen]) house.store.jobs.start(id, house.clock.now())
    house.store.jobs.recover()
  }
  house.service.start()
  expect(house.job(atTen.id)).toMatchObject({ state: 'failed', outcome: 'crashed' })
  await house.clock.pass(PICTURE_MS)
  await house.becomes(atNine.id, 'succeeded')
})

test('who had much of the engine long before a restart comes before who had some of it just before', async () => {
  const before = await createHouse()
  const draw = async (from: string, count: number) => {
    const { id } = await before.ask({ from, count })
    await before.clock.pass(count * PICTURE_MS)
    await before.becomes(id, 'succeeded')
  }
  await draw('ann', 2)
  await before.clock.pass(3 * HALF_LIFE_MS)
  await draw('bob', 1)
  await before.stop()
  const house = await createHouse({ after: before, still: true })
  house.order({ from: 'bob', seed: 101 })
  house.order({ from: 'ann', seed: 102 })
  house.service.start()
  await house.clock.pass(2 * PICTURE_MS)
  expect(house.seeds()).toEqual([102, 101])
})

test('who had much of the engine before a restart still comes after who had none', async () => {
  const before = await createHouse()
  for (let index = 0; index < 3; index++) await before.ask({ from: 'ann' })
  await before.clock.pass(3 * PICTURE_MS)
  await before.stop()
  const house = await createHouse({ after: before, still: true })
  house.order({ from: 'ann', seed: 101 })
  house.order({ from: 'ann', seed: 102 })
  house.order({ from: 'bob', seed: 103 })
  house.service.start()
  await house.clock.pass(3 * PICTURE_MS)
  expect(house.seeds()).toEqual([103, 101, 102])
})
