import { isDeepStrictEqual } from 'node:util'
import type { View } from '../../src/chat.ts'
import { type Place, type Spot, TOKEN_LIFE_MS } from './place.ts'
import type { Timing } from './timing.ts'

// Before the token dies there must be time to read the announcement, and to repeat it when Discord is busy.
const AHEAD_MS = 2 * 60_000

/**
 * Who still waits when the token of their message is about to die is told where the result will come instead: the view
 * that the message shows is shown once more, with that announcement. After a restart the next update does it.
 */
export function createFarewells(timing: Timing, show: (spot: Spot, view: View) => Promise<void>) {
  // A view of undefined is to be shown anew.
  const waiting = new Map<string, { readonly spot: Spot; view: View | undefined; readonly cancel: () => void }>()

  const forget = (spot: Spot): void => {
    waiting.get(keyOf(spot))?.cancel()
    waiting.delete(keyOf(spot))
  }

  const announce = (spot: Spot): void => {
    const known = waiting.get(keyOf(spot))
    if (!known?.view) return
    const { view } = known
    known.view = undefined
    // Best effort: the result finds its place also unannounced.
    show(spot, view).catch(() => {})
  }

  return {
    /** The message shows this now: the announcement, when its time comes, is added to the newest view. */
    shown(spot: Spot, view: View): void {
      const known = waiting.get(keyOf(spot))
      if (!view.working || spot.hook === undefined) forget(spot)
      else if (known) known.view = view
      else {
        const leftMs = spot.madeAt + TOKEN_LIFE_MS - AHEAD_MS - timing.now()
        const cancel = leftMs > 0 ? timing.after(leftMs, () => announce(spot)) : () => {}
        waiting.set(keyOf(spot), { spot, view, cancel })
      }
    },
    /** Whether the message shows just this, as far as is known. */
    shows: (spot: Spot, view: View): boolean => isDeepStrictEqual(waiting.get(keyOf(spot))?.view, view),
    /** Whether the view is to carry the announcement. */
    due: (place: Place, view: View): boolean => due(place, view, timing.now()),
    forget,
    stop(): void {
      for (const { cancel } of waiting.values()) cancel()
      waiting.clear()
    },
  }
}

function due(place: Place, view: View, now: number): boolean {
  return view.working === true && now >= place.madeAt + TOKEN_LIFE_MS - AHEAD_MS && now < place.madeAt + TOKEN_LIFE_MS
}

function keyOf({ token, hook }: Spot): string {
  return `${token} ${hook}`
}
