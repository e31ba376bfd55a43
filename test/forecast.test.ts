import { expect, test } from 'vitest'
import { createHouse, PICTURE_MS } from './support/house.ts'

test('where others go between its pictures, place and time left are still right', async () => {
  const house = await createHouse()
  const first = await house.ask()
  await house.clock.pass(PICTURE_MS)
  await house.becomes(first.id, 'succeeded')
  const status = ({ id }: { id: number }) => house.services.queue.status(house.job(id))
  const [several, single, other] = [
    await house.ask({ from: 'bob', count: 3 }),
    await house.ask({ from: 'eve' }),
    await house.ask({ from: 'kim', count: 2 }),
  ]
  expect(status(several)).toMatchObject({ state: 'running', leftMs: 4000 })
  expect(status(single)).toMatchObject({ place: 1, leftMs: 2000 })
  expect(status(other)).toMatchObject({ place: 2, leftMs: 6000 })
  await house.clock.pass(1.25 * PICTURE_MS)
  expect(status(several)).toMatchObject({
    state: 'running',
    progress: { step: 4, steps: 4, picture: 0, count: 3 },
    leftMs: 2750,
  })
  expect(status(single)).toMatchObject({ state: 'running', leftMs: 750 })
  expect(status(other)).toMatchObject({ place: 1, leftMs: 4750 })
  expect(house.services.queue.running()).toEqual([single.id])
  expect(house.services.queue.line()).toEqual([several.id, other.id])
  await house.clock.pass(2.75 * PICTURE_MS)
  await house.becomes(several.id, 'succeeded')
  expect(house.job(several.id).computeMs).toBe(3 * PICTURE_MS)
  await house.clock.pass(2 * PICTURE_MS)
  await house.becomes(other.id, 'succeeded')
})

test('place and time left are told from what was measured', async () => {
  const house = await createHouse()
  const first = await house.ask()
  expect(house.services.queue.status(first)).toMatchObject({ leftMs: undefined })
  await house.clock.pass(PICTURE_MS)
  await house.becomes(first.id, 'succeeded')
  const [running, , third] = [await house.ask(), await house.ask(), await house.ask()]
  await house.clock.pass(PICTURE_MS / 4)
  expect(house.services.queue.status(house.job(running.id))).toMatchObject({
    state: 'running',
    leftMs: 750,
    progress: { step: 1, steps: 4 },
  })
  expect(house.services.queue.status(third)).toEqual({ state: 'queued', place: 2, leftMs: 2750, held: false })
  expect(house.services.queue.totalLeftMs()).toBe(2750)
})

test('of a picture with more steps than usual, what it takes besides is not told several times', async () => {
  const house = await createHouse({ engine: () => ({ fixedMs: 3000 }) })
  const first = await house.ask({ count: 2 })
  await house.clock.pass(8000)
  await house.becomes(first.id, 'succeeded')
  const { leftMs } = house.services.queue.status(await house.ask({ steps: 8 })) as { leftMs: number }
  expect(leftMs).toBe(5000)
})

test('the time left is remembered over a restart', async () => {
  const before = await createHouse()
  const first = await before.ask()
  await before.clock.pass(PICTURE_MS)
  await before.becomes(first.id, 'succeeded')
  await before.stop()
  const house = await createHouse({ after: before })
  await house.ask({ seed: 51 })
  expect(house.services.queue.status(await house.ask({ seed: 52 }))).toMatchObject({ leftMs: 2 * PICTURE_MS })
})

test('before anything was measured no time is promised, of the line as little as of a job', async () => {
  const house = await createHouse()
  const running = await house.ask()
  expect(house.services.queue.status(house.job(running.id))).toMatchObject({ state: 'running', leftMs: undefined })
  expect(house.services.queue.totalLeftMs()).toBeUndefined()
})

test('a job that began before anything was measured has a time as soon as something is', async () => {
  const house = await createHouse({ engines: 2 })
  const [short, long] = [await house.ask({ steps: 2 }), await house.ask({ from: 'bob', steps: 8 })]
  await house.clock.pass(PICTURE_MS / 2)
  await house.becomes(short.id, 'succeeded')
  expect(house.services.queue.status(house.job(long.id))).toMatchObject({ state: 'running', leftMs: 1500 })
  expect(house.services.queue.totalLeftMs()).toBe(1500)
})

test('what a paused line still draws of a job is no longer waited for, neither then nor when it is resumed', async () => {
  const house = await createHouse()
  const first = await house.ask()
  await house.clock.pass(PICTURE_MS)
  await house.becomes(first.id, 'succeeded')
  const several = await house.ask({ count: 4 })
  const left = () => house.services.queue.status(house.job(several.id))
  house.services.queue.pause()
  await house.clock.pass(1.25 * PICTURE_MS)
  expect(left()).toMatchObject({ leftMs: 2750 })
  house.services.queue.resume()
  await house.clock.pass(PICTURE_MS)
  expect(left()).toMatchObject({ leftMs: 1750 })
  expect(house.services.queue.totalLeftMs()).toBe(1750)
})

test('the pictures of a job come one after another, however many engines there are, and keep the others free', async () => {
  const house = await createHouse({ engines: 2 })
  const first = await house.ask()
  await house.clock.pass(PICTURE_MS)
  await house.becomes(first.id, 'succeeded')
  const several = await house.ask({ count: 4 })
  const status = ({ id }: { id: number }) => house.services.queue.status(house.job(id))
  expect(status(several)).toMatchObject({ state: 'running', leftMs: 4000 })
  await house.ask({ from: 'bob' })
  const next = await house.ask({ from: 'bob' })
  expect(status(next)).toMatchObject({ place: 1, leftMs: 2000 })
  expect(house.services.queue.totalLeftMs()).toBe(4000)
  await house.clock.pass(2 * PICTURE_MS)
  await house.becomes(next.id, 'succeeded')
  await house.clock.pass(2 * PICTURE_MS)
  await house.becomes(several.id, 'succeeded')
})

test('a job that goes on does so at the engine that is free last by then: the other one can take what waits before', async () => {
  const house = await createHouse({ engines: 2 })
  const first = await house.ask()
  await house.clock.pass(PICTURE_MS)
  await house.becomes(first.id, 'succeeded')
  await house.ask({ count: 2 })
  await house.ask({ from: 'bob', steps: 2 })
  const next = await house.ask({ from: 'bob', count: 2 })
  expect(house.services.queue.status(next)).toMatchObject({ place: 1, leftMs: 2500 })
  await house.clock.pass(2.5 * PICTURE_MS)
  await house.becomes(next.id, 'succeeded')
})

test('the line is not longer for an engine that sleeps and has nothing to do', async () => {
  const house = await createHouse({ engines: 2, engine: () => ({ info: { loadMs: 12 * PICTURE_MS } }) })
  const first = await house.ask()
  await house.clock.pass(PICTURE_MS)
  await house.becomes(first.id, 'succeeded')
  house.engines[0]!.sleep()
  await house.ask()
  expect(house.services.queue.totalLeftMs()).toBe(PICTURE_MS)
})
