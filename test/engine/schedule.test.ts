import { expect, it } from 'vitest'
import { sigmas, timeAt } from '../../engine/schedule.ts'

// Of diffusers' pipeline and scheduler: for steps and shift each step's noise level and, to the last bit, the model's time.
const DIFFUSERS = [
  [1, 3, [1.0, 0.0], [0.0]],
  [
    7,
    3,
    [1.0, 0.947368, 0.882353, 0.8, 0.692308, 0.545455, 0.333333, 0.0],
    [0.0, 0.0526315905, 0.1176470965, 0.1999999434, 0.3076922596, 0.4545453489, 0.6666666269],
  ],
  [
    10,
    1,
    [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0],
    [
      0.0, 0.1000000015, 0.200000003, 0.2999999523, 0.400000006, 0.5000000596, 0.6000000238, 0.6999999881, 0.8000000119,
      0.8999999762,
    ],
  ],
  [5, 6, [1.0, 0.96, 0.9, 0.8, 0.6, 0.0], [0.0, 0.0399999395, 0.0999999419, 0.200000003, 0.400000006]],
] as const

it.each(DIFFUSERS)('%i steps shifted by %i are those of diffusers', (steps, shift, levels, times) => {
  const values = sigmas(steps, shift)
  expect(values).toHaveLength(steps + 1)
  for (const [i, level] of levels.entries()) expect(values[i]).toBeCloseTo(level, 6)
  expect(Array.from(values.subarray(0, steps), timeAt)).toEqual(times.map(Math.fround))
})
