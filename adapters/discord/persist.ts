import { faultOf } from './errors.ts'
import { pause, type Timing } from './timing.ts'

// Meanwhile people see that we think. Longer outages are for the core: it delivers results for two days.
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000]

/** Sends again what Discord does not take for now. What may have arrived is not sent again: that is no `later`. */
export async function persist<T>(timing: Timing, send: () => Promise<T>): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await send()
    } catch (error) {
      const fault = faultOf(error)
      if (fault.code !== 'later') throw fault
      await pause(timing, Math.max(pauseMs, fault.retryAfterMs ?? 0))
    }
  }
  return send()
}
