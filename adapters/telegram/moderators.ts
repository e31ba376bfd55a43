import type { Api } from 'grammy'
import type { TelegramClock } from './clock.ts'
import type { Moves } from './moves.ts'

// Somebody's rights change seldom; a minute's delay is what people expect of it.
const TRUST_MS = 60_000

export interface Moderators {
  /** Whether this person administers the group. False when Telegram does not say. */
  has(chat: number, person: number): Promise<boolean>
}

export function createModerators(deps: { api: Api; clock: TelegramClock; moves: Moves }): Moderators {
  const { api, clock, moves } = deps
  const known = new Map<string, { readonly answer: Promise<boolean | undefined>; readonly at: number }>()

  return {
    has(wanted, person) {
      const { chat } = moves.follow({ chat: wanted })
      const key = `${chat}:${person}`
      const now = clock.now()
      // The clock may have been set back meanwhile.
      for (const [old, { at }] of known) if (Math.abs(now - at) >= TRUST_MS) known.delete(old)
      const entry = known.get(key) ?? { answer: ask(chat, person), at: now }
      known.set(key, entry)
      return entry.answer.then((said) => {
        if (said === undefined) known.delete(key)
        return said ?? false
      })
    },
  }

  /** Undefined: Telegram does not say. */
  async function ask(chat: number, person: number): Promise<boolean | undefined> {
    try {
      const { status } = await api.getChatMember(chat, person)
      return status === 'creator' || status === 'administrator'
    } catch {
      const { chat: now } = moves.follow({ chat })
      return now === chat ? isListed(chat, person) : ask(now, person)
    }
  }

  /** Where members are hidden, Telegram tells a bot that is no administrator nothing of one; their list it tells. */
  async function isListed(chat: number, person: number): Promise<boolean | undefined> {
    const administrators = await api.getChatAdministrators(chat).catch(() => undefined)
    return administrators?.some(({ user }) => user.id === person)
  }
}
