import type { Message, User } from 'grammy/types'
import type { TelegramMemory } from './memory.ts'

/**
 * Whom an admin's command names. Whose `@name` is whose a bot learns only from what people write to it, and somebody
 * without one is mentioned by other words that lead to them: both become the account's id, which the core knows.
 */
export interface Mentions {
  /** Somebody wrote: their name leads to them from now on. */
  meet(from: User): void
  /** The text of a command whose second word is a person, such as `grant @ann 10`. */
  withId(text: string, message: Message): string
}

export function createMentions(memory: TelegramMemory): Mentions {
  // What a person is given of their data finds these notes by the @ (src/store/person-data.ts).
  const noteOf = (username: string) => `@${username.toLowerCase()}`

  return {
    meet({ id, username }) {
      if (!username || memory.recall(noteOf(username)) === String(id)) return
      memory.note(noteOf(username), String(id), { account: String(id) })
    },

    withId(text, message) {
      const action = /^\S+\s+/.exec(text)?.[0] ?? ''
      const rest = text.slice(action.length)
      for (const entity of message.entities ?? []) {
        if (entity.type !== 'text_mention') continue
        const words = message.text!.slice(entity.offset, entity.offset + entity.length)
        if (rest.startsWith(words)) return `${action}${entity.user.id}${rest.slice(words.length)}`
      }
      const [mention, username] = /^@(\w+)/.exec(rest) ?? []
      const account = username && memory.recall(noteOf(username))
      return account ? `${action}${account}${rest.slice(mention!.length)}` : text
    },
  }
}
