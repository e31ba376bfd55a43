import { isDeepStrictEqual } from 'node:util'
import type { Message, Update } from '@grammyjs/types'
import { captionContent, documentContent, fileOf, markupContent, photoContent, textContent } from './content.ts'
import type { createFlood } from './flood.ts'
import { badRequest, notModified } from './refusal.ts'
import type { Methods } from './request.ts'
import type { Stored, World } from './world.ts'

// Telegram: a message can be taken away for 48 hours.
const DELETABLE_SECONDS = 172_800

/** The methods that change messages. What an edit does not name, such as the buttons, is gone afterwards. */
export function editMethods(world: World, flood: ReturnType<typeof createFlood>): Methods {
  return {
    editMessageText(params) {
      const stored = mine(params)
      if (stored.message.text === undefined) throw badRequest('there is no text in the message to edit')
      return change<Message.TextMessage>(stored, {
        ...textContent(params.text, params.entities),
        ...markupContent(params.reply_markup),
      })
    },

    editMessageMedia(params, uploads) {
      const stored = mine(params)
      if (world.isOld && stored.message.text) throw badRequest('there is no media in the message to edit')
      const file = fileOf(world, uploads, params.media.media)
      const media = params.media.type === 'photo' ? photoContent(file) : documentContent(file)
      const caption = captionContent(params.media.caption, params.media.caption_entities)
      return change(stored, { ...media, ...caption, ...markupContent(params.reply_markup) } as Partial<Message>)
    },

    editEphemeralMessageText(params) {
      const stored = world.openRoom(Number(params.chat_id)).whispers.get(params.ephemeral_message_id)
      if (!stored || stored.receiver !== params.receiver_user_id) throw badRequest('message to edit not found')
      change(stored, { ...textContent(params.text, params.entities), ...markupContent(params.reply_markup) })
      return true
    },

    /** Those that cannot be found are passed over. */
    deleteMessages(params) {
      const { messages } = world.openRoom(Number(params.chat_id))
      const found = params.message_ids.flatMap((id) => messages.get(id) ?? [])
      for (const stored of found) take(stored)
      return true
    },

    deleteMessage(params) {
      const stored = world.openRoom(Number(params.chat_id)).messages.get(params.message_id)
      if (!stored || stored.deleted) throw badRequest('message to delete not found')
      take(stored)
      return true
    },
  }

  function take(stored: Stored): void {
    if (world.date() - stored.message.date > DELETABLE_SECONDS)
      throw badRequest("message can't be deleted for everyone")
    Object.assign(stored, { deleted: true, changed: world.changed() })
  }

  function mine(params: { readonly chat_id?: number | string; readonly message_id?: number }): Stored {
    const stored = world.openRoom(Number(params.chat_id)).messages.get(params.message_id ?? 0)
    if (!stored || stored.deleted) throw badRequest('message to edit not found')
    if (stored.message.from?.id !== world.me.id) throw badRequest("message can't be edited")
    return stored
  }

  function change<M extends Message>(stored: Stored, content: Partial<Message>): M & Update.Edited {
    const { message } = stored
    const { text, entities, caption, caption_entities, photo, document, reply_markup, edit_date, ...rest } = message
    const before = { text, entities, caption, caption_entities, photo, document, reply_markup }
    const after = { ...Object.fromEntries(Object.keys(before).map((key) => [key, undefined])), ...content }
    if (isDeepStrictEqual(before, after)) throw notModified
    flood.admit(message.chat.id, 1)
    stored.message = { ...rest, ...content, edit_date: world.date() } as Message
    stored.changed = world.changed()
    return stored.message as M & Update.Edited
  }
}
