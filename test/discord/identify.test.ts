import { expect, test } from 'vitest'
import { createIdentifyThrottler, identifyPauseMs } from '../../adapters/discord/identify.ts'
import { createMemory } from '../../adapters/discord/memory.ts'
import { connected } from './setting.ts'

test('a process that crashes over and over identifies itself ever more slowly', () => {
  const crashes = (count: number) => Array.from({ length: count }, (_, i) => i)
  expect([1, 7, 8, 9, 10, 11].map((count) => identifyPauseMs(crashes(count)))).toEqual([
    0, 0, 5_500, 11_000, 22_000, 44_000,
  ])
  expect(identifyPauseMs(crashes(30))).toBe(300_000)
})

/** A session begins, and one more, of another client, after each of these by the clock: what they wait for. */
async function pausesOf(...gapsMs: readonly number[]): Promise<readonly number[]> {
  let now = Date.now()
  const pauses: number[] = []
  const after = (ms: number, call: () => void) => {
    pauses.push(ms)
    call()
    return () => {}
  }
  const memory = createMemory({ read: () => undefined, write: () => {} })
  const throttlerFor = createIdentifyThrottler({ memory, timing: { now: () => now, after }, ended: () => false })
  for (const gapMs of [0, ...gapsMs]) {
    now += gapMs
    await throttlerFor(async () => {}).waitForIdentify(0, new AbortController().signal)
  }
  return pauses
}

test('who logs in again waits until Discord lets another session begin', async () => {
  expect(await pausesOf(1_000)).toEqual([4_500])
  expect(await pausesOf(5_500)).toEqual([])
})

test('a clock that was set back holds up no new session', async () => {
  expect(await pausesOf(-3_600_000)).toEqual([5_500])
})

test('the slowing needs no database within a process', async () => {
  expect(await pausesOf(...Array.from({ length: 10 }, () => 5_500))).toEqual([5_500, 16_500])
})

test('the slowing outlives the process', async () => {
  const { emulator, store, discord, run, clock, ann } = await connected()
  await discord.stop()
  const now = clock.now()
  store.write(JSON.stringify({ ...JSON.parse(store.read()!), identified: Array.from({ length: 12 }, () => now) }))
  await run()
  const before = clock.now()
  while (emulator.gateway.identified() < 2) {
    clock.skip(1_000)
    await new Promise(setImmediate)
  }
  expect(clock.now() - before).toBeGreaterThanOrEqual(80_000)
  await ann.command('imagine', { prompt: 'the second' })
  await ann.sees(/back again/u)
})
