import type { Memory } from './memory.ts'
import type { Timing } from './timing.ts'

// Discord resets the token of an application that identifies itself a thousand times a day. With these numbers it is at
// most some four hundred, however fast a crash loop turns; twice within half an hour costs nobody more than 5 s.
const WINDOW_MS = 30 * 60_000
const FIRST_PAUSE_MS = 5_000
const LONGEST_PAUSE_MS = 5 * 60_000

/** How long to wait before identifying once more, after the given times. The last time counts from when it was. */
export function identifyPauseMs(identified: readonly number[], now: number): number {
  const recent = identified.filter((at) => at > now - WINDOW_MS)
  if (recent.length === 0) return 0
  const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (recent.length - 1))
  return Math.max(0, Math.max(...recent) + pauseMs - now)
}

/**
 * Stands before every IDENTIFY that the library sends, and remembers them over restarts. `ended`: no more are wanted; the
 * library reconnects once more when it is destroyed between two connections, and this ends that for good.
 */
export function createIdentifyThrottler(
  memory: Memory,
  timing: Timing,
  ended: () => boolean,
  end: () => Promise<void>,
) {
  return {
    async waitForIdentify(_shard: number, signal: AbortSignal): Promise<void> {
      const recent = (memory.recall().identified ?? []).filter((at) => at > timing.now() - WINDOW_MS)
      const pauseMs = identifyPauseMs(recent, timing.now())
      await new Promise<void>((resolve, reject) => {
        const forget = timing.after(pauseMs, resolve)
        signal.addEventListener('abort', () => {
          forget()
          reject(signal.reason)
        })
      })
      if (ended()) {
        await end()
        throw new Error('the gateway is closed')
      }
      memory.remember({ identified: [...recent, timing.now()] })
    },
  }
}
