import type { Message, User } from 'grammy/types'
import type { TelegramMemory } from './memory.ts'
import { platform } from './route.ts'

export type Mentions = ReturnType<typeof createMentions>

/**
 * Whom an admin's command names. Whose `@name` is whose a bot learns only from what people write to it, and somebody
 * without one is mentioned by other words that lead to them: both become the account's id, which the core knows. A name
 * that nobody wrote under becomes an account that is nobody's: anyone may have it as the name that they are shown by.
 */
export function createMentions(memory: TelegramMemory) {
  // What a person is given of their data finds these notes by the @ (src/store/person-data.ts).
  const noteOf = (username: string) => `@${username.toLowerCase()}`

  return {
    /** Somebody wrote: their name leads to them from now on. */
    meet({ id, username }: User): void {
      if (!username || memory.recall(noteOf(username)) === String(id)) return
      memory.note(noteOf(username), String(id), { account: String(id) })
    },

    /** The text of a command about a person, such as `grant --expires 7d @ann 10`, with every mention by its id. */
    withIds(text: string, message: Message): string {
      const mentions = (message.entities ?? []).filter((entity) => entity.type === 'text_mention')
      const ofNameless = mentions.reduce((words, { offset, length, user }) => {
        const shown = RegExp.escape(message.text!.slice(offset, offset + length))
        return words.replace(new RegExp(`(?<!\\S)${shown}(?!\\S)`, 'u'), String(user.id))
      }, text)
      return ofNameless.replace(/(?<![\w@])@(\w+)/gu, (mention, username: string) =>
        String(memory.recall(noteOf(username)) ?? `${platform}:${mention}`),
      )
    },
  }
}
