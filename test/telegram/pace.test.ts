import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { createPace, type Lane } from '../../adapters/telegram/pace.ts'
import { ManualClock } from '../support/clock.ts'

const START = 1_000_000

/** When each of these messages may go, in ms from the start; a refusal is the time it was told to come back in. */
async function times(turns: readonly { readonly chat: number; readonly lane?: Lane; readonly count?: number }[]) {
  const clock = new ManualClock(START)
  const pace = createPace(clock, new AbortController().signal)
  const going = turns.map(({ chat, lane = 'answer', count }) =>
    pace.turn(chat, lane, count).then(
      () => clock.now() - START,
      ({ retryAfterMs }) => ({ retryAfterMs }),
    ),
  )
  await clock.pass(120_000)
  return Promise.all(going)
}

const many = (count: number, turn: (i: number) => { readonly chat: number; readonly lane?: Lane }) =>
  Array.from({ length: count }, (_, i) => turn(i))

test('one chat hears one message a second', async () => {
  expect(await times(many(4, () => ({ chat: 5 })))).toEqual([0, 1000, 2000, 3000])
})

test('a clock that is set back holds up nobody', async () => {
  const clock = new ManualClock(START)
  const pace = createPace(clock, new AbortController().signal)
  await pace.turn(5, 'answer')
  pace.hold(6, 60_000)
  clock.setBack(900_000)
  await pace.turn(5, 'answer')
  await pace.turn(6, 'answer')
})

test('all chats together hear thirty a second', async () => {
  const at = await times(many(70, (i) => ({ chat: i + 1 })))
  expect(at.filter((time) => time === 0)).toHaveLength(30)
  expect(at.filter((time) => time === 1000)).toHaveLength(30)
  expect(at.filter((time) => time === 2000)).toHaveLength(10)
})

test('a chat that is full for longer than five seconds is told when to come back, and holds up nobody', async () => {
  const at = await times(many(8, () => ({ chat: 5 })))
  expect(at).toEqual([0, 1000, 2000, 3000, 4000, 5000, { retryAfterMs: 6000 }, { retryAfterMs: 6000 }])
})

test('a group hears twenty a minute; the twenty-first is told when the first is a minute old', async () => {
  const clock = new ManualClock(START)
  const pace = createPace(clock, new AbortController().signal)
  for (let i = 0; i < 20; i++) {
    const turn = pace.turn(-5, 'answer')
    await clock.pass(1000)
    await turn
  }
  await expect(pace.turn(-5, 'answer')).rejects.toMatchObject({ code: 'later', retryAfterMs: 40_000 })
})

test('an album counts as all its pictures', async () => {
  const album = { chat: -5, count: 10 }
  expect(await times([album, album, { chat: -5 }])).toEqual([0, 1000, { retryAfterMs: 60_000 }])
})

test('progress leaves eight of the twenty to answers, and does not wait', async () => {
  const clock = new ManualClock(START)
  const pace = createPace(clock, new AbortController().signal)
  for (let i = 0; i < 12; i++) {
    const turn = pace.turn(-5, 'answer')
    await clock.pass(1000)
    await turn
  }
  await expect(pace.turn(-5, 'progress')).rejects.toMatchObject({ code: 'later', retryAfterMs: 48_000 })
  await pace.turn(-5, 'answer')
})

test('progress waits for a second, and no longer', async () => {
  const went = await times([{ chat: 5 }, { chat: 5, lane: 'progress' }, { chat: 5, lane: 'progress' }])
  expect(went).toEqual([0, 1000, { retryAfterMs: 2000 }])
})

test('a chat that Telegram put on hold waits as long, others do not', async () => {
  const clock = new ManualClock(START)
  const pace = createPace(clock, new AbortController().signal)
  pace.hold(5, 4000)
  pace.hold(7, 30_000)
  const gone: string[] = []
  void pace.turn(5, 'answer').then(() => gone.push('held'))
  void pace.turn(6, 'answer').then(() => gone.push('other'))
  await expect(pace.turn(7, 'answer')).rejects.toMatchObject({ code: 'later', retryAfterMs: 30_000 })
  await clock.pass(3999)
  expect(gone).toEqual(['other'])
  await clock.pass(1)
  expect(gone).toEqual(['other', 'held'])
})

test('a message that has its turn already waits, too, when Telegram puts its chat on hold', async () => {
  const clock = new ManualClock(START)
  const pace = createPace(clock, new AbortController().signal)
  await pace.turn(5, 'answer')
  const went = pace.turn(5, 'answer').then(() => clock.now() - START)
  pace.hold(5, 4000)
  await clock.pass(120_000)
  expect(await went).toBe(4000)
})

test('whoever waited leaves nothing behind', async () => {
  const clock = new ManualClock(START)
  const { signal } = new AbortController()
  const pace = createPace(clock, signal)
  const going = [1, 2, 3].map(() => pace.turn(5, 'answer'))
  await clock.pass(10_000)
  await Promise.all(going)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
