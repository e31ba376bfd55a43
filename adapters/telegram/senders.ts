import type { Message, User } from 'grammy/types'
import type { Sender } from '../../src/chat.ts'
import type { Moderators } from './moderators.ts'
import { isGroup, platform } from './route.ts'

export interface Senders {
  of(user: User, message: Pick<Message, 'chat'> & { readonly sender_chat?: Message['sender_chat'] }): Promise<Sender>
}

/** Who did it. One who speaks as a channel or as the group itself is that chat to us: Telegram hides the person. */
export function createSenders(moderators: Moderators): Senders {
  return {
    async of(user, { chat, sender_chat: mask }) {
      const name = mask ? (mask.title ?? String(mask.id)) : [user.first_name, user.last_name].filter(Boolean).join(' ')
      const who = {
        platform,
        id: String(mask?.id ?? user.id),
        name,
        ...(user.language_code && { locale: user.language_code }),
      }
      if (!isGroup(chat.id)) return { ...who, direct: true }
      // Only an administrator can speak as the group.
      const moderator = mask ? mask.id === chat.id : await moderators.has(chat.id, user.id)
      return { ...who, moderator, direct: false }
    },
  }
}
