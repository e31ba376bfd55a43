import { expect, test } from 'vitest'
import { crash } from './crash/run.ts'

// `npm run crash` is the long run: 200 kills.
const KILLS = 6

test('whenever the process is killed, every job ends, is charged once and is posted once', async () => {
  const report = await crash({ kills: KILLS, seed: 7 })
  expect(report.problems).toEqual([])
  expect(report.jobs).toBeGreaterThan(0)
  expect(report.succeeded).toBeGreaterThan(0)
})
