import { expect, it } from 'vitest'
import { fuzz } from './fuzz/fuzz.ts'

// The long run is `npm run fuzz`.
const TRIES = 2000

it(`whatever is typed gets one answer, no fault, and nobody else's data: ${TRIES} tries`, async () => {
  const { answers } = await fuzz(TRIES, 1)
  expect(Object.values(answers).reduce((sum, count) => sum + count, 0)).toBe(TRIES)
  // The tries reach the engine, not only the first check.
  expect(Object.keys(answers)).toEqual(expect.arrayContaining(['imagine a picture', 'again a picture', 'edit form']))
})
