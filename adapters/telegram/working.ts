import type { Api } from 'grammy'
import { type TelegramClock, wait } from './clock.ts'
import type { Posted, Route } from './route.ts'

// Telegram shows "sending a photo…" for five seconds, and no longer than until the bot's next message.
const SHOWN_MS = 4500

export type Working = ReturnType<typeof createWorking>

interface Deps {
  readonly api: Api
  readonly clock: TelegramClock
  readonly stopped: AbortSignal
}

/** Says in a chat that a picture is on its way. Only a hint: it is never waited for, and its failure is nothing. */
export function createWorking({ api, clock, stopped }: Deps) {
  /** The messages whose pictures are being computed, by their place, as long as it is shown there: once for all of them. */
  const shown = new Map<string, Set<number>>()

  return {
    /** Once. */
    hint(route: Route): void {
      if (!shown.has(placeOf(route))) void show(route, new Set())
    },
    /** From now on, as the picture of this message is being computed. Told again: nothing happens. */
    begin(posted: Posted): void {
      const messages = shown.get(placeOf(posted))
      if (messages) messages.add(posted.message)
      else void show(posted, new Set([posted.message]))
    },
    /** It is computed no longer. */
    end(posted: Posted): void {
      shown.get(placeOf(posted))?.delete(posted.message)
    },
  }

  async function show(route: Route, messages: Set<number>): Promise<void> {
    shown.set(placeOf(route), messages)
    const topic = route.thread === undefined ? {} : { message_thread_id: route.thread }
    try {
      do {
        await api.sendChatAction(route.chat, 'upload_photo', topic)
        await wait(clock, SHOWN_MS, stopped)
      } while (messages.size > 0)
    } catch {
      // Blocked, thrown out or cut off: the next view of a picture there tries again.
    }
    shown.delete(placeOf(route))
  }
}

function placeOf({ chat, thread }: Route): string {
  return `${chat}:${thread}`
}
