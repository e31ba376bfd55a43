import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createSpeed } from '../src/speed.ts'
import { openStore } from '../src/store/store.ts'
import { ManualClock } from './support/clock.ts'
import { STAND_IN } from './support/engine.ts'
import { temporaryFolder } from './support/folder.ts'

const SMALL = { prompt: 'a fox', widthPx: 512, heightPx: 512, steps: 8, guidance: 0, seed: 1 }
const LARGE = { ...SMALL, widthPx: 1024, heightPx: 1024 }

function open(folder = temporaryFolder()) {
  const store = openStore(join(folder, 'data'))
  onTestFinished(() => store.close())
  return { store, speed: createSpeed({ store, clock: new ManualClock(), engine: STAND_IN }) }
}

test('nothing is told before the first picture', () => {
  expect(open().speed.expectMs(SMALL)).toBeUndefined()
})

test('after ten pictures the time told is within 30 %, even if the machine became three times slower before them', () => {
  const { speed } = open()
  for (let picture = 0; picture < 50; picture++) speed.learn(SMALL, 1000, 1000)
  for (let picture = 0; picture < 10; picture++) {
    const tookMs = 3000 * (picture % 2 ? 0.9 : 1.1)
    speed.learn(SMALL, tookMs, tookMs)
  }
  expect(Math.abs(speed.expectMs(SMALL)! / 3000 - 1)).toBeLessThan(0.3)
})

test('a machine that became slower is believed, too, where every picture is of one step', () => {
  const { speed } = open()
  const one = { ...SMALL, steps: 1 }
  speed.learn(SMALL, 1000, 400)
  for (let picture = 0; picture < 20; picture++) speed.learn(one, 1950, undefined)
  expect(speed.expectMs(one)! / 1950).toBeCloseTo(1, 1)
  // What is known of its steps and of the rest is three times as much as it was.
  expect(speed.expectMs(SMALL)! / 3000).toBeCloseTo(1, 1)
})

test('steps, guidance and the number of pictures count, and each size is known by itself', () => {
  const { speed } = open()
  speed.learn(SMALL, 1000, 1000)
  expect(speed.expectMs({ ...SMALL, steps: 4 })).toBe(500)
  expect(speed.expectMs({ ...SMALL, guidance: 2, count: 3 })).toBe(6000)
  expect(speed.expectMs(LARGE)).toBe(4000)
  speed.learn(LARGE, 9000, 9000)
  expect(speed.expectMs(LARGE)).toBe(9000)
  expect(speed.expectMs(SMALL)).toBe(1000)
})

test('what a picture takes besides its steps does not grow with them', () => {
  const { store, speed } = open()
  // 600 ms besides eight steps of 50 ms each.
  speed.learn(SMALL, 1000, 400)
  expect(speed.expectMs({ ...SMALL, steps: 80 })).toBe(4600)
  expect(speed.expectMs({ ...SMALL, steps: 80, guidance: 2, count: 2 })).toBe(17_200)
  expect(speed.expectMs(LARGE)).toBe(4000)
  // One step does not tell what was besides it.
  speed.learn({ ...SMALL, steps: 1 }, 650, undefined)
  expect(createSpeed({ store, clock: new ManualClock(), engine: STAND_IN }).expectMs({ ...SMALL, steps: 1 })).toBe(650)
})

test('a picture of one step is better than nothing, and steps too short to be measured are no obstacle', () => {
  const { speed } = open()
  speed.learn({ ...SMALL, steps: 1 }, 650, undefined)
  expect(speed.expectMs({ ...SMALL, steps: 1 })).toBe(650)
  speed.learn(LARGE, 1, 0)
  expect(speed.expectMs(LARGE)).toBe(1)
  // The first step was faster than the others.
  const { speed: other } = open()
  other.learn(SMALL, 1000, 1100)
  expect(other.expectMs({ ...SMALL, steps: 1 })).toBe(1000 / SMALL.steps)
})

test('what was learned is known after a restart', () => {
  const { store, speed } = open()
  speed.learn(SMALL, 1000, 1000)
  speed.learn(SMALL, 1400, 1000)
  expect(createSpeed({ store, clock: new ManualClock(), engine: STAND_IN }).known()).toEqual(speed.known())
  expect(
    createSpeed({ store, clock: new ManualClock(), engine: { ...STAND_IN, device: 'cuda' } }).expectMs(SMALL),
  ).toBeUndefined()
})

test('of sizes that take about as long, the one drawn most is told; the smallest first', () => {
  const { speed } = open()
  const wide = { ...SMALL, widthPx: 672, heightPx: 384 }
  for (let picture = 0; picture < 3; picture++) speed.learn(LARGE, 4000, 4000)
  speed.learn(wide, 980, 980)
  for (let picture = 0; picture < 2; picture++) speed.learn(SMALL, 1000, 1000)
  speed.learn({ ...SMALL, widthPx: 528, heightPx: 512 }, 1000, 1000)
  expect(speed.usual().map(({ pixels }) => Math.sqrt(pixels))).toEqual([512, 1024])
})
