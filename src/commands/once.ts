import type { Incoming, Json } from '../chat.ts'
import type { Call } from './define.ts'

/**
 * Does what an event asks for and keeps what `act` gives, in one transaction. When a platform repeats the event, that is given
 * again and nothing done. Not for what a job is made of: it knows its event.
 */
export function once<T extends Json>({ services, incoming }: Call, act: () => T): T {
  const { store, clock } = services
  const done = store.notes.of('events')
  const event = eventOf(incoming)
  return store.transaction(() => {
    const known = done.recall(event) as T | undefined
    if (known !== undefined) return known
    const result = act()
    done.note(event, result, { at: clock.now() })
    return result
  })
}

/** Names an event, over all platforms. */
export function eventOf({ from, key }: Incoming): string {
  return `${from.platform}:${key}`
}
