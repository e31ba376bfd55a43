import { Code, DiscordFault, faultOf } from './errors.ts'
import type { Opening } from './place.ts'
import { pause, type Timing } from './timing.ts'
import type { Wire } from './wire.ts'

// Discord gives up on us 3 s after the interaction; half a second is the way there and back.
const LAST_ATTEMPT_MS = 2_500
// An answer that has not come by then is lost: the next attempt asks for it.
const ATTEMPT_MS = 1_000
const PAUSE_MS = 150

/**
 * Sends the first answer to an interaction, again when it was cut short, as long as Discord waits. "Already answered" after
 * an attempt of ours means that one arrived and only its answer was lost.
 */
export async function acknowledge(wire: Wire, timing: Timing, opening: Opening, body: object): Promise<void> {
  const until = opening.madeAt + LAST_ATTEMPT_MS
  for (let attempt = 1; ; attempt++) {
    const abort = new AbortController()
    const inTime = timing.after(ATTEMPT_MS, () => abort.abort())
    try {
      return await wire.callback(opening, body, abort.signal)
    } catch (error) {
      const fault = faultOf(error)
      if (fault.discord === Code.alreadyAnswered && attempt > 1) return
      if (fault.discord === Code.alreadyAnswered) {
        throw new DiscordFault({ ...fault, code: 'gone', message: 'another process answered this interaction' })
      }
      const wait = Math.max(fault.retryAfterMs ?? 0, PAUSE_MS)
      if (fault.code !== 'later' || timing.now() + wait >= until) throw fault
      await pause(timing, wait)
    } finally {
      inTime()
    }
  }
}
