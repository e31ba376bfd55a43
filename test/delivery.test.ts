import { expect, test } from 'vitest'
import { EngineError } from '../engine/engine.ts'
import { plain } from '../src/messages/text.ts'
import type { Job } from '../src/store/jobs.ts'
import { createHouse, PICTURE_MS } from './support/house.ts'

const ROOM = { platform: 'scripted', chat: 'room', route: 'room' }

test('a job has one message, which ends as its picture, and is settled then', async () => {
  const house = await createHouse()
  const full = house.left()
  const job = await house.ask()
  expect(house.left()).toBe(full - job.cost)
  await house.delivered(job)
  expect(house.chat.messages.size).toBe(1)
  expect(house.shown(job)?.view.pictures).toHaveLength(1)
  expect(house.store.ledger.ofJob(job.id).map(({ kind }) => kind)).toEqual(['reserve', 'settle'])
})

test('one update is under way a message, and what changed meanwhile is told together by the newest view', async () => {
  const house = await createHouse()
  const job = await house.ask()
  await house.clock.pass(0)
  const before = house.chat.calls.length
  const release = house.chat.hold()
  await house.clock.pass(0.8 * PICTURE_MS)
  expect(house.chat.calls.length).toBe(before + 1)
  release()
  await house.clock.pass(0)
  expect(house.chat.calls.length).toBe(before + 2)
  await house.delivered(job)
  expect(house.shown(job)?.view.pictures).toHaveLength(1)
})

test("progress keeps the chat's pace, and the end is not held back by it", async () => {
  const house = await createHouse()
  house.chat.pace = 5000
  const job = await house.ask({ steps: 40 })
  await house.clock.pass(10 * PICTURE_MS)
  await house.becomes(job.id, 'succeeded')
  await house.told(job.id)
  const { shown } = house.shown(job)!
  expect(shown.length).toBeGreaterThanOrEqual(3)
  expect(shown.length).toBeLessThanOrEqual(5)
  expect(shown.at(-1)?.pictures).toHaveLength(1)
})

test('what changes while the end is being told is told after it', async () => {
  const house = await createHouse()
  house.chat.pace = PICTURE_MS * 1000
  const job = await house.ask()
  const release = house.chat.hold()
  await house.clock.pass(PICTURE_MS)
  await house.becomes(job.id, 'succeeded')
  house.services.pictures.remove(job.id)
  house.services.delivery.refresh(job.id)
  release()
  await house.told(job.id)
  expect(house.shown(job)!.view.pictures).toHaveLength(1)
  await house.clock.pass(house.chat.pace)
  expect(house.shown(job)!.view.pictures).toEqual([])
})

test('a job that is cancelled at the engine says at once that it stops at the next step', async () => {
  const house = await createHouse()
  const job = await house.ask()
  await house.clock.pass(PICTURE_MS / 8)
  house.services.queue.cancel(job.id, 'scripted:ann')
  await house.told(job.id)
  const last = house.shown(job)!.shown.slice(-2)
  expect(last.map(({ text }) => plain(text))).toEqual([
    expect.stringContaining('Stopping at the next step'),
    expect.stringContaining('Cancelled'),
  ])
})

test('nothing is told before the answer to the command is known', async () => {
  const house = await createHouse()
  const job = house.order()
  await house.clock.pass(2 * PICTURE_MS)
  await house.becomes(job.id, 'succeeded')
  expect(house.chat.calls).toEqual([])
  house.services.delivery.attach(job.id, await house.chat.post(ROOM, { text: ['queued'] }))
  await house.delivered(job)
  expect(house.chat.messages.size).toBe(1)
})

test('an answer that failed makes the picture a message of its own', async () => {
  const house = await createHouse()
  const job = house.order()
  house.services.delivery.attach(job.id, undefined)
  await house.delivered(job)
  expect([...house.chat.messages.values()]).toMatchObject([{ key: `job-${job.id}`, view: { pictures: [{}] } }])
})

test('a chat that is away is tried again with growing pauses, no sooner than it asks', async () => {
  const house = await createHouse()
  const job = house.order()
  house.services.delivery.attach(job.id, undefined)
  const asks = (retryAfterMs: number) => ({ code: 'later', retryAfterMs }) as const
  for (const trouble of ['later', asks(Number.NaN), asks(59_999.5)] as const) house.chat.trouble('post', trouble)
  await house.clock.pass(PICTURE_MS)
  await house.becomes(job.id, 'succeeded')
  const tries = async (ms: number) => {
    await house.clock.pass(ms)
    return house.chat.calls.length
  }
  expect(await tries(0)).toBe(1)
  expect(await tries(999)).toBe(1)
  expect(await tries(1)).toBe(2)
  expect(await tries(1999)).toBe(2)
  expect(await tries(1)).toBe(3)
  expect(await tries(59_999)).toBe(3)
  expect(await tries(1)).toBe(4)
  expect(house.store.posts.get(job.id)).toMatchObject({ state: 'posted', attempts: 3 })
})

test('after days of silence a chat that is not there at once is tried again, too', async () => {
  const before = await createHouse()
  const job = before.order()
  await before.clock.pass(PICTURE_MS)
  await before.becomes(job.id, 'succeeded')
  await before.stop()
  await before.clock.skip(3 * 24 * 3_600_000)
  const house = await createHouse({ after: before })
  house.chat.trouble('post', 'later')
  await house.clock.pass(60_000)
  await house.told(job.id)
})

test('a chat that takes nothing for two days is given up, and the credits go back', async () => {
  const house = await createHouse()
  const full = house.left()
  const job = house.order()
  house.services.delivery.attach(job.id, undefined)
  for (let index = 0; index < 1000; index++) house.chat.trouble('post', 'later')
  const state = () => house.store.posts.get(job.id)?.state
  await house.clock.pass(PICTURE_MS)
  await house.becomes(job.id, 'succeeded')
  await house.clock.pass(47 * 3_600_000)
  expect(state()).toBe('waiting')
  while (state() === 'waiting') await house.clock.pass(3_600_000)
  expect(state()).toBe('undeliverable')
  expect(house.store.ledger.ofJob(job.id).map(({ kind }) => kind)).toEqual(['reserve', 'refund'])
  expect(house.left()).toBe(full)
})

test('a lost answer to a new message is doubtful: settled, known as such and not repeated', async () => {
  const house = await createHouse()
  const full = house.left()
  const job = house.order()
  house.services.delivery.attach(job.id, undefined)
  house.chat.trouble('post', 'doubtful')
  await house.delivered(job, 'doubtful')
  await house.clock.skip(24 * 3_600_000)
  expect(house.chat.calls).toHaveLength(1)
  expect(house.left()).toBe(full)
  expect(house.store.ledger.ofJob(job.id).map(({ kind }) => kind)).toEqual(['reserve', 'settle'])
})

test('a lost answer to a change is no doubt: the change is made again', async () => {
  const house = await createHouse()
  const job = await house.ask()
  for (let index = 0; index < 7; index++) house.chat.trouble('update', 'doubtful')
  await house.clock.pass(PICTURE_MS)
  await house.becomes(job.id, 'succeeded')
  await house.clock.pass(60_000)
  await house.told(job.id)
  expect(house.store.posts.get(job.id)!.attempts).toBeGreaterThan(0)
  expect(house.chat.messages.size).toBe(1)
})

test('a message that is gone is not changed any more until the end, and is then replaced by a new one', async () => {
  const house = await createHouse()
  const job = await house.ask()
  house.chat.messages.clear()
  await house.delivered(job)
  expect(house.chat.calls.map(({ call }) => call)).toEqual(['post', 'update', 'update', 'post'])
  expect([...house.chat.messages.values()]).toMatchObject([{ view: { pictures: [{}] } }])
})

test('the message of a job that is cancelled is gone: its owner, who did it, gets no new one, and hears of what others did', async () => {
  const house = await createHouse()
  house.services.queue.pause()
  for (const [by, messages] of [
    ['ann', 0],
    ['mo', 1],
  ] as const) {
    const job = await house.ask()
    house.chat.messages.clear()
    house.store.people.of('scripted', by, by, 0)
    expect(house.services.queue.cancel(job.id, `scripted:${by}`)).toBe('cancelled')
    await house.told(job.id)
    expect(house.chat.messages.size).toBe(messages)
  }
})

test('what no chat takes is refunded once', async () => {
  const house = await createHouse()
  const full = house.left()
  const job = house.order()
  house.services.delivery.attach(job.id, undefined)
  house.chat.trouble('post', 'gone')
  await house.delivered(job, 'undeliverable')
  expect(house.left()).toBe(full)
  expect(house.store.ledger.ofJob(job.id).map(({ kind }) => kind)).toEqual(['reserve', 'refund'])

  const another = await house.ask()
  house.chat.messages.clear()
  house.chat.trouble('post', 'gone')
  await house.delivered(another, 'undeliverable')
  expect(house.left()).toBe(full)
})

test('in a chat that takes words but no pictures, the message of the job says so', async () => {
  const house = await createHouse()
  house.chat.pace = PICTURE_MS * 1000
  const job = await house.ask()
  house.chat.trouble('update', 'refused')
  await house.delivered(job, 'undeliverable')
  const { view } = house.shown(job)!
  const refusal = "can't be shown in this chat. Your credits are back."
  expect(plain(view.text)).toContain(refusal)
  expect(view).not.toHaveProperty('pictures')

  const next = await house.ask()
  house.chat.trouble('update', 'later')
  await house.clock.pass(PICTURE_MS)
  await house.becomes(next.id, 'succeeded')
  await house.clock.pass(1000)
  await house.told(next.id)
  for (const { text } of house.shown(next)!.shown) expect(plain(text)).not.toContain(refusal)
})

test('when the line moves, the ten messages at its front show it; those behind come there too', async () => {
  const house = await createHouse()
  const jobs: Job[] = []
  for (let i = 0; i < 14; i++) jobs.push(await house.ask())
  await house.clock.pass(0)
  const places = () => jobs.map((job) => plain(house.shown(job)!.view.text).match(/place \d+/u)?.[0])
  expect([places()[1], places()[13]]).toEqual(['place 1', 'place 13'])
  await house.clock.pass(PICTURE_MS)
  await house.told(jobs[0]!.id)
  await house.clock.pass(0)
  expect([places()[2], places()[13]]).toEqual(['place 1', 'place 13'])
})

test('to one platform eight requests are under way at a time, and the others go as those end', async () => {
  const house = await createHouse()
  const jobs: Job[] = []
  for (let i = 0; i < 10; i++) jobs.push(await house.ask())
  await house.clock.pass(0)
  const before = house.chat.calls.length
  const release = house.chat.hold()
  await house.clock.pass(PICTURE_MS)
  const underWay = house.chat.calls.length - before
  release()
  expect(underWay).toBe(8)
  await house.clock.pass(10 * PICTURE_MS)
  for (const { id } of jobs) await house.told(id)
})

test('uploading a picture does not keep the engine from the next job', async () => {
  const house = await createHouse()
  const jobs = [await house.ask(), await house.ask(), await house.ask()]
  const release = house.chat.hold()
  await house.clock.pass(3 * PICTURE_MS)
  for (const { id } of jobs) await house.becomes(id, 'succeeded')
  expect(jobs.map(({ id }) => house.job(id).startedAt! - jobs[0]!.createdAt)).toEqual([0, PICTURE_MS, 2 * PICTURE_MS])
  release()
})

test('a failed job says so in its message, and was refunded before', async () => {
  const house = await createHouse({
    before() {
      throw new EngineError('out-of-memory', 'no memory')
    },
  })
  const full = house.left()
  const job = await house.ask()
  await house.becomes(job.id, 'failed')
  expect(house.left()).toBe(full)
  await house.told(job.id)
  expect(plain(house.shown(job)!.view.text)).toMatch(/too large.*Your credits are back/u)
})
