import type { Clock } from '../../../src/clock.ts'

// Pauses of pace and of reconnecting are skipped over. Longer ones, such as checks every few minutes, never come.
const LONGEST_SKIP_MS = 60_000
// What follows from one moment reaches the emulator before the next one: a request over loopback takes one or two.
const SETTLE_MS = 5

interface Timer {
  readonly due: number
  readonly call: () => void
}

export type Hurry = ReturnType<typeof createHurry>

/** A clock that jumps to whatever is waited for. Share its `now` with the emulator, so that both count alike. */
export function createHurry(startAt = Date.UTC(2026, 0, 1)): Clock & { advance(ms: number): void } {
  let now = startAt
  const timers = new Set<Timer>()
  let isTicking = false

  return {
    now: () => now,
    elapsed: () => now - startAt,
    advance(ms) {
      now += ms
    },
    after(ms, call) {
      if (ms > LONGEST_SKIP_MS) return () => {}
      const timer = { due: now + ms, call }
      timers.add(timer)
      tick()
      return () => timers.delete(timer)
    },
  }

  function tick(): void {
    if (isTicking) return
    isTicking = true
    setTimeout(() => {
      isTicking = false
      const [next] = [...timers].toSorted((a, b) => a.due - b.due)
      if (!next) return
      timers.delete(next)
      now = Math.max(now, next.due)
      next.call()
      if (timers.size > 0) tick()
    }, SETTLE_MS)
  }
}
