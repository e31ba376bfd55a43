import type { Api } from 'grammy'
import type { TelegramClock } from './clock.ts'
import { placement, type Route } from './route.ts'

// Telegram shows "sending a photo…" for five seconds.
const SHOWN_MS = 4500

/** Says in a chat that a picture is on its way. Only a hint: it is never waited for, and its failure is nothing. */
export type ShowWorking = (route: Route) => void

export function createShowWorking({ api, clock }: { api: Api; clock: TelegramClock }): ShowWorking {
  const shownUntil = new Map<number, number>()

  return (route) => {
    const now = clock.now()
    for (const [chat, until] of shownUntil) if (until <= now) shownUntil.delete(chat)
    if (shownUntil.has(route.chat)) return
    shownUntil.set(route.chat, now + SHOWN_MS)
    const { reply_parameters: _, ...topic } = placement(route)
    api.sendChatAction(route.chat, 'upload_photo', topic).catch(() => {})
  }
}
