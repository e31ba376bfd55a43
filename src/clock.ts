/** Time, handed in. Moments are milliseconds since 1970. */
export interface Clock {
  now(): number
  /** Milliseconds since some moment, for how long something takes: nobody sets it, and it stands still while the machine sleeps. */
  elapsed(): number
  /** Calls back once after `ms`, unless the function it returns is called before. */
  after(ms: number, call: () => void): () => void
}

// Node's timers fire at once for longer delays.
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS))
    return () => clearTimeout(timer)
  },
}
