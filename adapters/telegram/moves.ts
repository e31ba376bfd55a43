import { type Api, GrammyError, type Transformer } from 'grammy'
import type { TelegramLog } from './log.ts'
import type { TelegramMemory } from './memory.ts'
import type { Route } from './route.ts'

export type Moves = ReturnType<typeof createMoves>

const WATCHED = 'groups'

/** Groups that became supergroups got another id. Stored routes still name the old one. */
export function createMoves(deps: {
  api: Api
  memory: TelegramMemory
  log: TelegramLog
  /** Takes over what the core keeps of a chat. */
  carry: (from: string, to: string) => void
}) {
  const { api, memory, log, carry } = deps
  const name = (chat: number) => `moved:${chat}`
  const newIdOf = (chat: number) => memory.recall(name(chat)) as number | undefined
  const watched = () => (memory.recall(WATCHED) ?? []) as readonly number[]

  const learn: Transformer = async (previous, method, payload, signal) => {
    const answer = await previous(method, payload, signal)
    const to = answer.ok ? undefined : answer.parameters?.migrate_to_chat_id
    if (to !== undefined) remember(Number((payload as { chat_id?: unknown }).chat_id), to)
    return answer
  }

  return {
    /** What is kept of the group goes to its new id. Told again: nothing happens. */
    remember,
    /** Remembers every move that Telegram tells of in answer to a call. */
    learn,

    follow<R extends Route>(route: R): R {
      const to = newIdOf(route.chat)
      // Message ids of the old group mean nothing in the new one.
      return to === undefined ? route : { ...route, chat: to, reply: undefined }
    },

    /** This group may move while nobody listens. */
    watch(chat: number): void {
      if (!watched().includes(chat)) memory.note(WATCHED, [...watched(), chat])
    },

    /** Asks Telegram of every watched group: it forgets to tell after a day. Rejects where Telegram is not to be reached. */
    async catchUp(signal: Parameters<Api['getMe']>[0]): Promise<void> {
      const lost = new Set<number>()
      for (const chat of watched()) {
        try {
          // Nobody in a group sees this, and a group that moved refuses it with its new id.
          if (newIdOf(chat) === undefined) await api.getChatMemberCount(chat, signal)
        } catch (error) {
          if (!(error instanceof GrammyError)) throw error
          // Thrown out. Back again, the first message there is heard.
          if (error.error_code === 403) lost.add(chat)
        }
      }
      const left = watched().filter((chat) => newIdOf(chat) === undefined && !lost.has(chat))
      if (left.length < watched().length) memory.note(WATCHED, left)
    },
  }

  function remember(from: number, to: number): void {
    if (newIdOf(from) === to) return
    log.info({ chat: from, to }, 'a group became a supergroup')
    // The note comes last: after a kill in between the group is told of again, and the rest is carried.
    carry(String(from), String(to))
    memory.note(name(from), to)
  }
}
