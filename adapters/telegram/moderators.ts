import type { Api } from 'grammy'
import type { ChatMember } from 'grammy/types'
import type { TelegramClock } from './clock.ts'
import type { Moves } from './moves.ts'

// Somebody's rights change seldom; a minute's delay is what people expect of it.
const TRUST_MS = 60_000

export type Moderators = ReturnType<typeof createModerators>

type Rank = 'member' | 'administrator' | 'anonymous'

export function createModerators(deps: { api: Api; clock: TelegramClock; moves: Moves }) {
  const { api, clock, moves } = deps
  const known = new Map<string, { readonly answer: Promise<Rank | undefined>; readonly at: number }>()

  return {
    /** Whether this person administers the group. False when Telegram does not say. */
    has: async (chat: number, person: number) => (await rankOf(chat, person)) !== 'member',
    /** Whether they do so under the group's name alone. */
    hides: async (chat: number, person: number) => (await rankOf(chat, person)) === 'anonymous',
  }

  async function rankOf(wanted: number, person: number): Promise<Rank> {
    const { chat } = moves.follow({ chat: wanted })
    const key = `${chat}:${person}`
    const now = clock.now()
    // The clock may have been set back meanwhile.
    for (const [old, { at }] of known) if (Math.abs(now - at) >= TRUST_MS) known.delete(old)
    const entry = known.get(key) ?? { answer: ask(chat, person), at: now }
    known.set(key, entry)
    const said = await entry.answer
    if (said === undefined) known.delete(key)
    return said ?? 'member'
  }

  /** Undefined: Telegram does not say. */
  async function ask(chat: number, person: number): Promise<Rank | undefined> {
    try {
      return rankIn(await api.getChatMember(chat, person))
    } catch {
      const { chat: now } = moves.follow({ chat })
      return now === chat ? rankInList(chat, person) : ask(now, person)
    }
  }

  /** Where members are hidden, Telegram tells a bot that is no administrator nothing of one; their list it tells. */
  async function rankInList(chat: number, person: number): Promise<Rank | undefined> {
    const administrators = await api.getChatAdministrators(chat).catch(() => undefined)
    const own = administrators?.find(({ user }) => user.id === person)
    return administrators && (own ? rankIn(own) : 'member')
  }
}

function rankIn(member: ChatMember): Rank {
  if (member.status !== 'creator' && member.status !== 'administrator') return 'member'
  return member.is_anonymous ? 'anonymous' : 'administrator'
}
