import type { Clock } from '../../../src/clock.ts'

const HASTE = 10

/** Real time, only faster: two processes of one machine agree about it. */
export const haste: Clock = {
  now: () => Date.now() * HASTE,
  elapsed: () => performance.now() * HASTE,
  after(ms, call) {
    const timer = setTimeout(call, ms / HASTE)
    return () => clearTimeout(timer)
  },
}
