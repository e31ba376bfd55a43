import { expect, test } from 'vitest'
import { EngineError } from '../engine/engine.ts'
import { createHouse, PICTURE_MS } from './support/house.ts'

test('a job is queued, runs, and succeeds with its pictures on disk', async () => {
  const house = await createHouse()
  const job = await house.ask({ count: 2 })
  expect(house.services.queue.status(house.job(job.id))).toMatchObject({ state: 'running' })
  await house.clock.pass(2 * PICTURE_MS)
  await house.becomes(job.id, 'succeeded')
  const pictures = house.store.pictures.ofJob(job.id)
  expect(pictures.map(({ seed }) => seed)).toEqual([job.request.seed, job.request.seed + 1])
  expect(pictures.every(({ path }) => house.services.pictures.exists(path))).toBe(true)
  expect(house.job(job.id).computeMs).toBe(2 * PICTURE_MS)
})

test('a flood of one person delays the single job of another by at most one picture', async () => {
  const house = await createHouse({ env: { MAX_WAITING_CHAT: '1000' } })
  for (let index = 0; index < 100; index++) house.order({ from: 'flood', seed: 1000 + index })
  const single = await house.ask({ from: 'bob', seed: 7 })
  await house.clock.pass(2 * PICTURE_MS)
  await house.becomes(single.id, 'succeeded')
  expect(house.seeds().indexOf(7)).toBe(1)
})

test('a flood of several pictures each delays the single job of another by at most one picture, too', async () => {
  const house = await createHouse({ env: { MAX_WAITING_CHAT: '1000' } })
  for (let index = 0; index < 25; index++) house.order({ from: 'flood', seed: 100 * index, count: 4 })
  const single = await house.ask({ from: 'bob', seed: 7 })
  await house.clock.pass(2 * PICTURE_MS)
  await house.becomes(single.id, 'succeeded')
  await house.clock.pass(6 * PICTURE_MS)
  expect(house.seeds().slice(0, 8)).toEqual([0, 7, 1, 2, 3, 100, 101, 102])
})

test('a job that is cancelled between two of its pictures ends at once, and the other at the engine goes on', async () => {
  const house = await createHouse()
  const full = house.left()
  const several = await house.ask({ seed: 1, count: 3 })
  const single = await house.ask({ from: 'bob', seed: 7 })
  await house.clock.pass(1.5 * PICTURE_MS)
  expect(house.services.queue.cancel(several.id, 'scripted:ann')).toBe('cancelled')
  expect(house.job(several.id)).toMatchObject({ state: 'cancelled', outcome: 'scripted:ann' })
  expect(house.left()).toBe(full)
  await house.clock.pass(3 * PICTURE_MS)
  await house.becomes(single.id, 'succeeded')
  expect(house.seeds()).toEqual([1, 7])
  expect(house.services.queue.size()).toBe(0)
})

test('two engines work on two jobs of two people at once', async () => {
  const house = await createHouse({ engines: 2 })
  house.services.queue.pause()
  const [anns, , bobs] = ['ann', 'ann', 'bob'].map((from) => house.order({ from }))
  house.services.queue.resume()
  expect(house.services.queue.running()).toEqual([anns!.id, bobs!.id])
  await house.clock.pass(PICTURE_MS)
  expect(house.engines.map((engine) => engine.requests.length).sort()).toEqual([1, 2])
})

test('a waiting job is cancelled at once and its credits come back', async () => {
  const house = await createHouse()
  const full = house.left()
  await house.ask()
  const waiting = await house.ask()
  const behind = await house.ask()
  expect(house.services.queue.cancel(waiting.id, 'scripted:ann')).toBe('cancelled')
  expect(house.job(waiting.id)).toMatchObject({ state: 'cancelled', outcome: 'scripted:ann' })
  expect(house.services.queue.line()).toEqual([behind.id])
  expect(house.services.queue.status(behind)).toMatchObject({ place: 1 })
  expect(house.services.queue.cancel(waiting.id, 'scripted:ann')).toBe('ended')
  expect(house.left()).toBe(full - 2 * waiting.cost)
  await house.clock.pass(3 * PICTURE_MS)
  expect(house.engines[0]!.requests).toHaveLength(2)
})

test('a running job is cancelled at the next step and its credits come back', async () => {
  const house = await createHouse()
  const full = house.left()
  const job = await house.ask()
  await house.clock.pass(PICTURE_MS / 2)
  expect(house.services.queue.cancel(job.id, 'scripted:ann')).toBe('stopping')
  expect(house.services.queue.status(house.job(job.id))).toMatchObject({ stopping: true })
  expect(house.services.queue.cancel(job.id, 'scripted:mo')).toBe('stopping')
  await house.becomes(job.id, 'cancelled')
  expect(house.job(job.id).outcome).toBe('scripted:ann')
  expect(house.left()).toBe(full)
})

test('of a job that is cancelled at its first picture the line holds no other one', async () => {
  const house = await createHouse()
  const several = await house.ask({ count: 3 })
  const single = await house.ask({ from: 'bob' })
  house.services.queue.cancel(several.id, 'scripted:ann')
  await house.becomes(several.id, 'cancelled')
  await house.becomes(single.id, 'running')
  expect(house.services.queue.line()).toEqual([])
})

test('a job whose engine crashes waits again, and fails with a refund when it keeps crashing', async () => {
  let crashes = 0
  const house = await createHouse({
    before(request) {
      if (request.seed === 666 || crashes++ === 0) throw new EngineError('crashed', 'the worker is gone')
    },
  })
  const full = house.left()
  const unlucky = await house.ask({ seed: 1 })
  await house.clock.pass(PICTURE_MS)
  await house.becomes(unlucky.id, 'succeeded')
  expect(house.job(unlucky.id).attempts).toBe(2)
  const cursed = await house.ask({ seed: 666 })
  await house.becomes(cursed.id, 'failed')
  expect(house.job(cursed.id)).toMatchObject({ outcome: 'crashed', attempts: 10 })
  expect(house.left()).toBe(full - unlucky.cost)
})

test('a job whose engine crashes at its second picture is drawn from the first again', async () => {
  let crashes = 0
  const house = await createHouse({
    before({ seed }) {
      if (seed === 2 && crashes++ === 0) throw new EngineError('crashed', 'the worker is gone')
    },
  })
  const job = await house.ask({ seed: 1, count: 2 })
  await house.clock.pass(4 * PICTURE_MS)
  await house.becomes(job.id, 'succeeded')
  expect(house.seeds()).toEqual([1, 2, 1, 2])
  expect(house.job(job.id)).toMatchObject({ attempts: 2, computeMs: 2 * PICTURE_MS })
  expect(house.store.pictures.ofJob(job.id).map(({ seed }) => seed)).toEqual([1, 2])
})

test('a paused queue takes jobs and starts none, also after a restart, until it is resumed', async () => {
  const before = await createHouse()
  before.services.queue.pause()
  const job = await before.ask()
  expect(before.services.queue.status(job)).toMatchObject({ held: true, place: 1 })
  await before.stop()
  const house = await createHouse({ after: before })
  await house.clock.pass(PICTURE_MS)
  expect(house.job(job.id).state).toBe('queued')
  house.services.queue.resume()
  await house.clock.pass(PICTURE_MS)
  await house.becomes(job.id, 'succeeded')
})

test('a queue that is paused in the middle of a job lets it have all its pictures, and nobody before it', async () => {
  const house = await createHouse()
  const several = await house.ask({ seed: 1, count: 3 })
  await house.ask({ from: 'bob', seed: 7 })
  house.services.queue.pause()
  await house.clock.pass(3 * PICTURE_MS)
  await house.becomes(several.id, 'succeeded')
  await house.clock.pass(PICTURE_MS)
  expect(house.seeds()).toEqual([1, 2, 3])
})

test('a draining queue takes no jobs and finishes those that wait', async () => {
  const house = await createHouse()
  const jobs = [await house.ask(), await house.ask()]
  house.services.queue.drain()
  expect(() => house.order()).toThrow(/draining/u)
  await house.clock.pass(2 * PICTURE_MS)
  for (const { id } of jobs) await house.becomes(id, 'succeeded')
})

test('the sleep of the machine is no time of the engine', async () => {
  const house = await createHouse()
  const job = await house.ask()
  await house.clock.pass(PICTURE_MS / 2)
  await house.clock.skip(8 * 3_600_000)
  await house.clock.pass(PICTURE_MS)
  await house.becomes(job.id, 'succeeded')
  expect(house.job(job.id).computeMs).toBeLessThanOrEqual(PICTURE_MS)
  const { startedAt, finishedAt } = house.job(job.id)
  expect(finishedAt! - startedAt!).toBeGreaterThan(8 * 3_600_000)
  await house.ask()
  expect(house.services.queue.totalLeftMs()).toBeLessThanOrEqual(PICTURE_MS)
})

test('a job that is cancelled too late for the engine to stop is cancelled all the same', async () => {
  const house = await createHouse()
  const full = house.left()
  const engine = house.engines[0]!
  const draw = engine.generate.bind(engine)
  engine.generate = (request, { signal: _, ...options } = {}) => draw(request, options)
  const job = await house.ask()
  expect(house.services.queue.cancel(job.id, 'scripted:ann')).toBe('stopping')
  await house.clock.pass(PICTURE_MS)
  await house.becomes(job.id, 'cancelled')
  expect(house.left()).toBe(full)
})

test('a job whose pictures are being written has had all its steps, and is not told that it just begins', async () => {
  const write = Promise.withResolvers<void>()
  const house = await createHouse({ encodePicture: async ({ pixels }) => write.promise.then(() => pixels) })
  const job = await house.ask({ count: 2 })
  await house.clock.pass(2 * PICTURE_MS)
  expect(house.services.queue.status(house.job(job.id))).toMatchObject({
    state: 'running',
    progress: { step: 4, steps: 4, picture: 1, count: 2 },
  })
  expect(house.services.queue.cancel(job.id, 'scripted:ann')).toBe('ended')
  write.resolve()
  await house.becomes(job.id, 'succeeded')
})

test('an engine waits where the pictures of five jobs are still to be written', async () => {
  const write = Promise.withResolvers<void>()
  const house = await createHouse({ encodePicture: async ({ pixels }) => write.promise.then(() => pixels) })
  const jobs = Array.from({ length: 7 }, () => house.order())
  await house.clock.pass(10 * PICTURE_MS)
  const drawn = house.engines[0]!.requests.length
  write.resolve()
  expect(drawn).toBe(5)
  await house.becomes(jobs[4]!.id, 'succeeded')
  await house.clock.pass(2 * PICTURE_MS)
  await house.becomes(jobs[6]!.id, 'succeeded')
})

test('what the engine had less than was expected counts for whom the person has become meanwhile', async () => {
  const house = await createHouse()
  const bobs = await house.ask({ from: 'bob', steps: 2 })
  await house.clock.pass(PICTURE_MS / 2)
  await house.becomes(bobs.id, 'succeeded')
  const anns = await house.ask({ from: 'ann' })
  await house.ask({ from: 'bob' })
  const annas = await house.ask({ from: 'anna' })
  const [ann, anna] = ['ann', 'anna'].map((name) => house.store.people.find('scripted', name)!)
  house.store.personData.merge(ann!, anna!, house.clock.now())
  house.services.queue.join(ann!, anna!)
  house.services.queue.cancel(anns.id, 'x:1')
  await house.clock.pass(PICTURE_MS / 4)
  await house.becomes(anns.id, 'cancelled')
  // A quarter of a picture for anna, half of one for bob.
  await house.becomes(annas.id, 'running')
})

test('a job whose pictures cannot all be written leaves none of them on the disk', async () => {
  const house = await createHouse({
    async encodePicture({ seed, pixels }) {
      if (seed === 8) throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
      return seed === 9 ? ({ byteLength: 1 } as never) : pixels
    },
  })
  const before = house.services.pictures.bytes()
  const job = await house.ask({ seed: 7, count: 3 })
  await house.clock.pass(3 * PICTURE_MS)
  await house.becomes(job.id, 'failed')
  expect(house.job(job.id).outcome).toBe('disk-full')
  expect(house.files()).toEqual([])
  expect(house.services.pictures.bytes()).toBe(before)
})

test('a database that fails in the middle of a turn is a fault that ends the process: nobody waits for a lost job', async () => {
  const house = await createHouse()
  const others = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  const fault = new Promise((resolve) => process.once('unhandledRejection', resolve))
  const broken = new Error('database is locked')
  house.store.jobs.start = () => {
    throw broken
  }
  house.store.posts.add = house.store.jobs.start as never
  house.order()
  expect(await fault).toBe(broken)
  for (const listener of others) process.on('unhandledRejection', listener)
})
