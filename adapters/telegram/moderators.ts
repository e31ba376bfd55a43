import type { Api } from 'grammy'
import type { TelegramClock } from './clock.ts'

// Somebody's rights change seldom; a minute's delay is what people expect of it.
const TRUST_MS = 60_000

export interface Moderators {
  /** Whether this person administers the group. False when Telegram does not say. */
  has(chat: number, person: number): Promise<boolean>
}

export function createModerators({ api, clock }: { api: Api; clock: TelegramClock }): Moderators {
  const known = new Map<string, { readonly answer: Promise<boolean>; readonly until: number }>()

  return {
    has(chat, person) {
      const key = `${chat}:${person}`
      const now = clock.now()
      for (const [old, { until }] of known) if (until <= now) known.delete(old)
      const entry = known.get(key) ?? { answer: ask(chat, person), until: now + TRUST_MS }
      known.set(key, entry)
      return entry.answer
    },
  }

  async function ask(chat: number, person: number): Promise<boolean> {
    try {
      const { status } = await api.getChatMember(chat, person)
      return status === 'creator' || status === 'administrator'
    } catch {
      known.delete(`${chat}:${person}`)
      return false
    }
  }
}
