import type { TelegramMemory } from './memory.ts'
import type { Route } from './route.ts'

/** Groups that became supergroups got another id. Stored routes still name the old one. */
export interface Moves {
  remember(from: number, to: number): void
  follow<R extends Route>(route: R): R
}

export function createMoves(memory: TelegramMemory): Moves {
  const name = (chat: number) => `moved:${chat}`
  return {
    remember(from, to) {
      if (from !== to) memory.note(name(from), to)
    },
    follow(route) {
      const to = memory.recall(name(route.chat))
      // Message ids of the old group mean nothing in the new one.
      return typeof to === 'number' ? { ...route, chat: to, reply: undefined } : route
    },
  }
}
