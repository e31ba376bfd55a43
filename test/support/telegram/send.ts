import type { Message, MessageEntity, ReplyParameters } from '@grammyjs/types'
import { captionContent, documentContent, fileOf, markupContent, photoContent, textContent } from './content.ts'
import type { createFlood } from './flood.ts'
import { badRequest } from './refusal.ts'
import type { Methods } from './request.ts'
import type { Room, Stored, World } from './world.ts'

type Flood = ReturnType<typeof createFlood>

/** Where and how a new message is placed: what all these methods have in common. */
interface Placement {
  readonly chat_id: number | string
  readonly message_thread_id?: number
  readonly reply_parameters?: ReplyParameters
  readonly reply_markup?: object
  readonly ephemeral_message_parameters?: object
}

/** The methods that make new messages. */
export function sendMethods(world: World, flood: Flood): Methods {
  return {
    sendMessage(params) {
      const room = placed(params)
      const content = { ...textContent(params.text, params.entities), ...markupContent(params.reply_markup) }
      const receiver = params.ephemeral_message_parameters?.receiver_user_id
      if (receiver === undefined || world.isOld) return post(room, params, content)
      // Whispering is for groups in which the bot is an administrator.
      if (room.chat.type === 'private' || room.members.get(world.me.id) !== 'administrator')
        throw badRequest('BOT_NOT_ADMIN')
      if (!room.members.has(receiver)) throw badRequest('user not found')
      flood.admit(room.chat.id, 1)
      return world.addWhisper(room, receiver, { from: world.me, ...content }).message as Message.TextMessage
    },

    sendPhoto(params, uploads) {
      const room = placed(params)
      const photo = photoContent(fileOf(world, uploads, params.photo))
      return post(room, params, { ...photo, ...captioned(params), ...markupContent(params.reply_markup) })
    },

    sendDocument(params, uploads) {
      const room = placed(params)
      const document = documentContent(fileOf(world, uploads, params.document))
      return post(room, params, { ...document, ...captioned(params), ...markupContent(params.reply_markup) })
    },

    sendMediaGroup(params, uploads) {
      const room = placed(params)
      const media: readonly AlbumItem[] = params.media
      if (media.length < 2 || media.length > 10) throw badRequest('there must be 2 to 10 media in an album')
      if (new Set(media.map(({ type }) => type)).size > 1)
        throw badRequest("document can't be mixed with other media types")
      const contents = media.map((item) => {
        const file = fileOf(world, uploads, item.media)
        return { ...(item.type === 'photo' ? photoContent(file) : documentContent(file)), ...captioned(item) }
      })
      flood.admit(room.chat.id, contents.length)
      const media_group_id = String(room.messages.size)
      return contents.map((content) => add<Message.PhotoMessage>(room, params, { ...content, media_group_id }))
    },

    sendChatAction(params) {
      world.openRoom(Number(params.chat_id))
      world.actions.push({ chat: Number(params.chat_id), action: params.action, at: world.now() })
      world.changed()
      return true
    },
  }

  function post<M extends Message>(room: Room, params: Placement, content: Partial<Message>): M {
    flood.admit(room.chat.id, 1)
    return add<M>(room, params, content)
  }

  function add<M extends Message>(room: Room, params: Placement, content: Partial<Message>): M {
    const answered = room.messages.get(params.reply_parameters?.message_id ?? 0)
    const stored = world.addMessage(room, {
      from: world.me,
      ...content,
      ...(answered && !answered.deleted && { reply_to_message: answered.message as Message['reply_to_message'] }),
      ...(params.message_thread_id && { message_thread_id: params.message_thread_id, is_topic_message: true }),
    } as Partial<Message>)
    if (isAsked(params.reply_markup, content, answered)) stored.asks = true
    return stored.message as M
  }

  /** The room of a request, its topic and the message it answers checked. */
  function placed(params: Placement): Room {
    const room = world.openRoom(Number(params.chat_id))
    if (params.message_thread_id !== undefined) {
      const topic = room.topics.get(params.message_thread_id)
      if (topic === undefined || topic === 'deleted') throw badRequest('message thread not found')
      if (topic === 'closed') throw badRequest('TOPIC_CLOSED')
    }
    const reply = params.reply_parameters
    // "Always false" for whispers and in topics, whatever is asked for.
    const mayDoWithout =
      reply?.allow_sending_without_reply && !params.ephemeral_message_parameters && !params.message_thread_id
    if (reply?.message_id !== undefined && !mayDoWithout) {
      const answered = room.messages.get(reply.message_id)
      if (!answered || answered.deleted) throw badRequest('message to be replied not found')
    }
    return room
  }
}

/** Whether a person's keyboard opens. A selective question opens it for those it mentions and the one it answers. */
function isAsked(markup: Placement['reply_markup'], { entities }: Partial<Message>, answered: Stored | undefined) {
  if (!markup || !('force_reply' in markup)) return false
  if (!('selective' in markup)) return true
  return answered?.message.from?.is_bot === false || entities?.some(({ type }) => type === 'text_mention') === true
}

interface AlbumItem {
  readonly type: string
  readonly media: string
  readonly caption?: string
  readonly caption_entities?: MessageEntity[]
}

function captioned({ caption, caption_entities }: { caption?: string; caption_entities?: MessageEntity[] }) {
  return captionContent(caption, caption_entities)
}
