import type { TelegramClock } from '../../../adapters/telegram/clock.ts'

// Pauses of pace and of reconnecting are skipped over. Longer ones, such as checks every few minutes, never come.
const LONGEST_SKIP_MS = 60_000

/** A clock that jumps to whatever is waited for. Share its `now` with the emulator, so that both count alike. */
export function createHurry(startAt = Date.UTC(2026, 0, 1)): TelegramClock & { advance(ms: number): void } {
  let now = startAt
  return {
    now: () => now,
    advance(ms) {
      now += ms
    },
    after(ms, call) {
      if (ms > LONGEST_SKIP_MS) return () => {}
      const due = now + ms
      const turn = setImmediate(() => {
        now = Math.max(now, due)
        call()
      })
      return () => clearImmediate(turn)
    },
  }
}
