import type { Memory } from './memory.ts'
import type { Timing } from './timing.ts'

// Discord lets one session begin in five seconds by its own clock, and on the way there the second one may gain on the first.
const SPACING_MS = 5_500
// It resets the token of an application that begins a thousand in a day. With these numbers a crash loop makes some six
// hundred, however fast it turns, and somebody who restarts a few times waits for nothing.
const WINDOW_MS = 30 * 60_000
const FREE = 8
const LONGEST_PAUSE_MS = 5 * 60_000

/** How long after the last of these moments to wait before identifying once more. */
export function identifyPauseMs(recent: readonly number[]): number {
  if (recent.length < FREE) return 0
  return Math.min(LONGEST_PAUSE_MS, SPACING_MS * 2 ** (recent.length - FREE))
}

interface IdentifyDeps {
  readonly memory: Memory
  readonly timing: Timing
  /** No session is wanted any more. The library reconnects once more when it is destroyed between two connections. */
  readonly ended: () => boolean
}

/**
 * Stands before every IDENTIFY of one client after another, and remembers them over restarts. `end` ends that client's
 * connection for good.
 */
export function createIdentifyThrottler({ memory, timing, ended }: IdentifyDeps) {
  let nextAt = 0
  // Remembered here as well: the database may not take it.
  let identified: readonly number[] | undefined
  return (end: () => Promise<void>) => ({
    async waitForIdentify(_shard: number, signal: AbortSignal): Promise<void> {
      const now = timing.now()
      identified ??= memory.recall().identified ?? []
      const recent = identified.filter((at) => at > now - WINDOW_MS && at <= now)
      const slowedUntil = (recent.at(-1) ?? 0) + identifyPauseMs(recent)
      // The clock may have been set back meanwhile.
      const spacingMs = Math.min(nextAt - now, SPACING_MS)
      await untilOrAborted(timing, Math.max(spacingMs, slowedUntil - now), signal)
      if (ended()) {
        await end()
        throw new Error('the gateway is closed')
      }
      nextAt = timing.now() + SPACING_MS
      identified = [...recent, timing.now()]
      try {
        memory.remember({ identified })
      } catch {
        // Thrown on, it would make the library identify once more in the session that begins now, and lose it for that.
      }
    },
  })
}

function untilOrAborted(timing: Timing, ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const forget = timing.after(ms, resolve)
    signal.addEventListener('abort', () => {
      forget()
      reject(signal.reason)
    })
  })
}
