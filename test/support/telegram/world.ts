import { randomBytes } from 'node:crypto'
import type { Chat, ChatMember, Message, User, UserFromGetMe } from '@grammyjs/types'
import { badRequest, forbidden } from './refusal.ts'

/** A message as Telegram keeps it, with the bytes that its file ids stand for. */
export interface Stored {
  message: Message
  readonly room: Room
  /** Grows with every post and edit in the world: the newest change has the highest. */
  changed: number
  deleted?: true
  /** It opened the person's keyboard for an answer. */
  asks?: true
  /** Of a message that one person alone sees. */
  readonly receiver?: number
}

export interface Room {
  readonly chat: Chat
  readonly members: Map<number, ChatMember['status']>
  /** Administrators who are shown as the group. */
  readonly anonymous: Set<number>
  readonly topics: Map<number, 'open' | 'closed' | 'deleted'>
  readonly messages: Map<number, Stored>
  readonly whispers: Map<number, Stored>
  movedTo?: number
}

export interface StoredFile {
  readonly id: string
  readonly name: string
  readonly content: Buffer
  /** Sent as a photo: Telegram keeps it as a JPEG of its own. */
  isPhoto?: true
}

export type World = ReturnType<typeof createWorld>

/** People, chats, messages and files, and a way to wait for a change of any of them. */
export function createWorld(now: () => number) {
  const me: UserFromGetMe = {
    id: 7_000_001,
    is_bot: true,
    first_name: 'zimagine',
    username: 'zimagine_bot',
    can_join_groups: true,
    can_read_all_group_messages: false,
    supports_inline_queries: true,
    can_connect_to_business: false,
    has_main_web_app: false,
    has_topics_enabled: false,
    allows_users_to_create_topics: false,
    can_manage_bots: false,
    supports_join_request_queries: false,
  }
  const users = new Map<number, User>()
  const rooms = new Map<number, Room>()
  const files = new Map<string, StoredFile>()
  const blocked = new Set<number>()
  const toasts: { person: number; text: string; alert: boolean; changed: number }[] = []
  const actions: { chat: number; action: string; at: number }[] = []
  let clockwork = 0
  const waiting: (() => void)[] = []

  const world = {
    me,
    /** A server from before whispers, which passes over what it does not know, and before a text became a picture. */
    isOld: false,
    users,
    rooms,
    files,
    /** People who blocked the bot. */
    blocked,
    toasts,
    actions,
    now,
    date: () => Math.floor(now() / 1000),

    changed(): number {
      for (const wake of waiting.splice(0)) wake()
      return ++clockwork
    },
    /** Looks now and after every change, and resolves with what is found first. */
    async until<T>(look: () => T | undefined | false): Promise<T> {
      for (;;) {
        const change = new Promise<void>((resolve) => waiting.push(resolve))
        const found = look()
        if (found) return found
        await change
      }
    },

    addUser(first_name: string, language_code?: string): User {
      const id = 1000 + users.size
      const user: User = { id, is_bot: false, first_name, username: `u_${id}`, ...(language_code && { language_code }) }
      users.set(id, user)
      return user
    },
    userOf: (id: number): User | undefined => (id === me.id ? me : users.get(id)),
    addRoom(chat: Chat): Room {
      const empty = { members: new Map(), anonymous: new Set<number>(), topics: new Map() }
      const room: Room = { chat, ...empty, messages: new Map(), whispers: new Map() }
      rooms.set(chat.id, room)
      return room
    },
    /** A private chat exists once the person has written to the bot. */
    privateRoom(user: User): Room {
      const chat: Chat.PrivateChat = { id: user.id, type: 'private', first_name: user.first_name }
      return rooms.get(user.id) ?? world.addRoom(chat)
    },
    /** The chat that a request names, if the bot may write there. */
    openRoom(id: number): Room {
      const room = rooms.get(id)
      if (!room)
        throw users.has(id) ? forbidden("bot can't initiate conversation with a user") : badRequest('chat not found')
      if (room.movedTo)
        throw badRequest('group chat was upgraded to a supergroup chat', { migrate_to_chat_id: room.movedTo })
      if (blocked.has(id)) throw forbidden('bot was blocked by the user')
      if (room.members.get(me.id) === 'kicked') throw forbidden(`bot was kicked from the ${room.chat.type} chat`)
      return room
    },
    addFile(name: string, content: Buffer): StoredFile {
      const file: StoredFile = { id: `AgAC${randomBytes(24).toString('base64url')}`, name, content }
      files.set(file.id, file)
      return file
    },
    /** Puts a message into a room under the room's next id. */
    addMessage(room: Room, fields: Partial<Message>): Stored {
      const message_id = room.messages.size + 1
      const message = { message_id, date: world.date(), chat: room.chat, ...fields } as Message
      const stored: Stored = { message, room, changed: world.changed() }
      room.messages.set(message_id, stored)
      return stored
    },
    addWhisper(room: Room, receiver: number, fields: Partial<Message>): Stored {
      const ephemeral_message_id = room.whispers.size + 1
      const seen = { message_id: 0, ephemeral_message_id, receiver_user: users.get(receiver)! }
      const message = { date: world.date(), chat: room.chat, ...fields, ...seen } as Message
      const stored: Stored = { message, room, changed: world.changed(), receiver }
      room.whispers.set(ephemeral_message_id, stored)
      return stored
    },
  }
  return world
}
