import { isDeepStrictEqual } from 'node:util'
import type { View } from '../../src/chat.ts'
import { faultOf } from './errors.ts'
import { type Place, type Spot, TOKEN_LIFE_MS, tokenLives } from './place.ts'
import type { Timing } from './timing.ts'

// Before the token dies there must be time to read the announcement, and to repeat it when Discord is busy.
const AHEAD_MS = 2 * 60_000
const REPEAT_MS = 15_000

interface Waiting {
  /** The message's own id, by which the bot can change it in its channel when the token is dead. */
  id: string | undefined
  /** Undefined: to be shown anew. */
  view: View | undefined
  cancel: () => void
}

/**
 * Who still waits when the token of their message is about to die is told where the result will come instead: the view
 * that the message shows is shown once more, with that announcement. After a restart the next update does it.
 */
export function createFarewells(timing: Timing, show: (spot: Spot, view: View) => Promise<void>) {
  const waiting = new Map<string, Waiting>()

  /** → the message's own id, where it is known. */
  const forget = (spot: Spot): string | undefined => {
    const known = waiting.get(keyOf(spot))
    known?.cancel()
    waiting.delete(keyOf(spot))
    return known?.id
  }

  const announce = (spot: Spot): void => {
    const known = waiting.get(keyOf(spot))
    if (!known?.view) return
    const { view } = known
    known.view = undefined
    show(spot, view).catch((error: unknown) => {
      // The result finds its place also unannounced; and a newer view has the announcement in it.
      if (faultOf(error).code !== 'later' || waiting.get(keyOf(spot)) !== known || known.view) return
      known.view = view
      known.cancel = timing.after(REPEAT_MS, () => announce(spot))
    })
  }

  return {
    /** The message shows this now: the announcement, when its time comes, is added to the newest view. */
    shown(spot: Spot, view: View, id?: string): void {
      const known = waiting.get(keyOf(spot))
      if (!view.working || spot.hook === undefined) forget(spot)
      else if (known) Object.assign(known, { view, id })
      else {
        const leftMs = spot.madeAt + TOKEN_LIFE_MS - AHEAD_MS - timing.now()
        const cancel = leftMs > 0 ? timing.after(leftMs, () => announce(spot)) : () => {}
        waiting.set(keyOf(spot), { id, view, cancel })
      }
    },
    /** Whether the message shows just this, as far as is known. */
    shows: (spot: Spot, view: View): boolean => isDeepStrictEqual(waiting.get(keyOf(spot))?.view, view),
    /** Whether the view is to carry the announcement. */
    due: (place: Place, view: View): boolean => view.working === true && !tokenLives(place, timing.now() + AHEAD_MS),
    forget,
    stop(): void {
      for (const { cancel } of waiting.values()) cancel()
      waiting.clear()
    },
  }
}

function keyOf({ token, hook }: Spot): string {
  return `${token} ${hook}`
}
