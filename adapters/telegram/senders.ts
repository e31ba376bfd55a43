import type { Chat, Message, User } from 'grammy/types'
import type { Sender } from '../../src/chat.ts'
import type { Moderators } from './moderators.ts'
import { isGroup, platform } from './route.ts'

/** The channel or group in whose name somebody speaks. It is who they are to us: Telegram hides the person. */
export type Mask = Message['sender_chat']

export type Senders = ReturnType<typeof createSenders>

/** Who did it, and by what right. */
export function createSenders(moderators: Moderators) {
  return {
    /** The group, where this person acts in its name alone: of a press Telegram tells us, and nobody else, who it was. */
    maskOf: async (user: User, chat: Chat): Promise<Mask> =>
      isGroup(chat.id) && (await moderators.hides(chat.id, user.id)) ? chat : undefined,

    async of(user: User, message: Pick<Message, 'chat'> & { readonly sender_chat?: Mask }): Promise<Sender> {
      const { chat, sender_chat: mask } = message
      const name = mask ? (mask.title ?? String(mask.id)) : [user.first_name, user.last_name].filter(Boolean).join(' ')
      const who = { ...accountOf(user, mask), name }
      if (!isGroup(chat.id)) return { ...who, direct: true }
      // Only an administrator can speak as the group.
      const moderator = mask ? mask.id === chat.id : await moderators.has(chat.id, user.id)
      return { ...who, moderator, direct: false }
    },
  }
}

/** Which account it is, and the language of the client that it was used from. */
export function accountOf(user: User, mask: Mask): Pick<Sender, 'platform' | 'id' | 'locale'> {
  return { platform, id: String(mask?.id ?? user.id), locale: user.language_code }
}
