import type {
  CallbackQuery,
  Chat,
  ChatMember,
  InlineQuery,
  Message,
  MessageEntity,
  Update,
  User,
} from '@grammyjs/types'
import { withFound } from './content.ts'
import type { Emulator } from './emulator.ts'
import type { Room, Stored } from './world.ts'

interface Words {
  readonly reply?: Stored
  readonly thread?: number
  /** In a forum's general topic, in answer to something: the thread that begins with this message is no topic. */
  readonly general?: number
  /** Sent with a photo: the words are its caption. */
  readonly photo?: Buffer
  /** The photo goes as a file, not compressed. */
  readonly asFile?: boolean
  /** Photos with the same one are shown as an album. */
  readonly album?: string
}

interface GroupOptions {
  readonly type?: 'group' | 'supergroup'
  readonly members?: readonly User[]
  readonly admins?: readonly User[]
  readonly topics?: readonly number[]
}

/** What people and chats do on Telegram's side; the bot hears of it by updates. */
export function createPeople({ world, updates, queries }: Emulator) {
  const people = {
    group(id: number, { type = 'supergroup', members = [], admins = [], topics = [] }: GroupOptions = {}): Room {
      const forum = topics.length > 0 ? { is_forum: true as const } : {}
      const chat = { id, type, title: `group ${id}`, ...forum } as Chat
      const room = world.addRoom(chat)
      for (const user of members) room.members.set(user.id, 'member')
      for (const user of admins) room.members.set(user.id, 'administrator')
      for (const topic of topics) room.topics.set(topic, 'open')
      return room
    },

    /** Writes a message. In a group with privacy mode the bot hears only what is meant for it. */
    say(
      user: User,
      room: Room,
      text: string,
      { reply, thread, general, photo, asFile, album }: Words = {},
    ): number | undefined {
      const entities = withFound(text, []) as MessageEntity[]
      const picture = photo && (asFile ? { document: fileOf(photo) } : { photo: [photoOf(photo)] })
      const grouped = album === undefined ? {} : { media_group_id: album }
      const caption = text && { caption: text, caption_entities: entities }
      const words = picture ? { ...caption, ...picture, ...grouped } : { text, entities }
      const chain = general === undefined ? {} : { message_thread_id: general }
      const topic = thread === undefined ? chain : { message_thread_id: thread, is_topic_message: true }
      const answered = reply && { reply_to_message: reply.message }
      const { message } = world.addMessage(room, { from: user, ...words, ...topic, ...answered } as Partial<Message>)
      if (!isHeard(room, message)) return undefined
      return updates.add({ message: message as Update['message'] })
    },

    /** Presses a button by its callback data. Returns the id of the query. */
    press(user: User, stored: Stored, data: string): string {
      const id = queries.open(user)
      const query: CallbackQuery = {
        id,
        from: user,
        message: stored.message,
        chat_instance: 'x',
        data,
      } as CallbackQuery
      updates.add({ callback_query: query })
      return id
    },

    /** Types `@bot words` in some chat and waits for what is offered. */
    inline(user: User, query: string) {
      const { id, answer } = queries.openInline()
      updates.add({ inline_query: { id, from: user, query, offset: '' } satisfies InlineQuery })
      return answer
    },

    /** The group becomes a supergroup: another id, no old messages, and a word about it where `tells` says. */
    upgrade(room: Room, to: number, tells: readonly ('old' | 'new')[] = ['old', 'new']): Room {
      const next = world.addRoom({ id: to, type: 'supergroup', title: 'upgraded' } as Chat)
      for (const [id, status] of room.members) next.members.set(id, status as ChatMember['status'])
      room.movedTo = to
      const from = world.users.get([...room.members.keys()][0]!)!
      for (const [side, where, fact] of [
        ['old', room, { migrate_to_chat_id: to }],
        ['new', next, { migrate_from_chat_id: room.chat.id }],
      ] as const) {
        if (!tells.includes(side)) continue
        const { message } = world.addMessage(where, { from, ...fact } as Partial<Message>)
        updates.add({ message: message as Update['message'] })
      }
      return next
    },
  }
  return people

  function isHeard({ chat }: Room, { text = '', caption = '', reply_to_message }: Message): boolean {
    if (chat.type === 'private' || world.me.can_read_all_group_messages) return true
    const words = text || caption
    const isOurs = reply_to_message?.from?.id === world.me.id
    return isOurs || words.startsWith('/') || words.toLowerCase().includes(`@${world.me.username}`)
  }

  function photoOf(content: Buffer) {
    const { id } = world.addFile('photo.png', content)
    return { file_id: id, file_unique_id: id.slice(-12), width: 1, height: 1, file_size: content.length }
  }

  function fileOf(content: Buffer) {
    const { id, name: file_name } = world.addFile('photo.png', content)
    return { file_id: id, file_unique_id: id.slice(-12), file_name, mime_type: 'image/png', file_size: content.length }
  }
}
