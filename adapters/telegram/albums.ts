import type { Api } from 'grammy'
import type { InputMediaDocument, InputMediaPhoto, Message } from 'grammy/types'
import { ChatError, type ViewPicture } from '../../src/chat.ts'
import type { Call } from './call.ts'
import { blank } from './changes.ts'
import type { TelegramMemory } from './memory.ts'
import type { Originals } from './originals.ts'
import type { Media, MediaForm, Pictures } from './pictures.ts'
import { accountAt, placement, type Route } from './route.ts'

// Telegram: an album holds 2 to 10 pictures, and no buttons.
const MAX_ALBUM = 10

export type Albums = ReturnType<typeof createAlbums>

/** Message ids, an array for each album. */
type Sent = readonly (readonly number[])[]

interface Deps {
  readonly api: Api
  readonly call: Call
  readonly pictures: Pictures
  readonly originals: Originals
  readonly memory: TelegramMemory
}

export function createAlbums(deps: Deps) {
  const { api, call, memory } = deps
  const noteOf = (name: string) => `album:${name}`

  return {
    /**
     * Sends several pictures as an album, once under each name: a repeat after the answer was lost, or after the message
     * with the buttons failed, sends nothing.
     */
    async send(route: Route, pictures: readonly ViewPicture[], name: string): Promise<void> {
      const sent = [...sentUnder(name)]
      for (const part of parts(pictures).slice(sent.length)) {
        try {
          sent.push(await sendPart(route, part))
        } catch (error) {
          // It may be there: it is not sent again, and its messages are not known.
          if (error instanceof ChatError && error.code === 'doubtful') write(route, name, [...sent, []])
          throw error
        }
        write(route, name, sent)
      }
    },

    /** The album is known by another name from now on: that of the message which holds its buttons. */
    rename(route: Route, name: string, to: string): void {
      if (memory.recall(noteOf(name)) === undefined) return
      write(route, to, sentUnder(name))
      memory.note(noteOf(name), undefined)
    },

    /** Takes the album away, where there is one. */
    async remove(route: Route, name: string): Promise<void> {
      const messages = sentUnder(name).flat()
      if (messages.length > 0) await takeAway(route, messages)
      for (const message of messages) deps.originals.note({ ...route, message }, [])
      if (memory.recall(noteOf(name)) !== undefined) memory.note(noteOf(name), undefined)
    },
  }

  async function takeAway(route: Route, messages: number[]): Promise<void> {
    try {
      await call(route, { effect: 'change', lane: 'answer' }, ({ chat }) => api.deleteMessages(chat, messages))
    } catch (error) {
      if (!(error instanceof ChatError && error.code === 'refused')) throw error
      // Too old to be deleted: each is painted over.
      for (const message of messages) {
        const media = { type: 'photo', media: blank() } as const
        await call(route, { effect: 'change', lane: 'answer' }, ({ chat }) =>
          api.editMessageMedia(chat, message, media),
        )
      }
    }
  }

  /** Not about the pictures: the album can be taken away when their files are long gone. */
  function write(route: Route, name: string, sent: Sent): void {
    memory.note(noteOf(name), sent, { account: accountAt(route) })
  }

  function sentUnder(name: string): Sent {
    return (memory.recall(noteOf(name)) ?? []) as Sent
  }

  async function sendPart(route: Route, pictures: readonly ViewPicture[]): Promise<number[]> {
    for (const form of ['known', 'fresh', 'file'] as const) {
      const media = await mediaOf(pictures, form)
      const options = { effect: 'new', lane: 'answer', count: media.length } as const
      const outcome = await call(route, options, (to): Promise<Message[]> => {
        return api.sendMediaGroup(to.chat, media, placement(to))
      })
      if (outcome.kind !== 'done') continue
      for (const [i, sent] of outcome.value.entries()) {
        deps.pictures.sent(pictures[i]!, sent)
        deps.originals.note({ ...outcome.route, message: sent.message_id }, [pictures[i]!])
      }
      return outcome.value.map(({ message_id }) => message_id)
    }
    throw new ChatError('refused', `Telegram takes ${pictures[0]!.path} in no form`)
  }

  /** Photos and files do not mix in an album: one that must be a file makes all of them files. */
  async function mediaOf(pictures: readonly ViewPicture[], form: MediaForm) {
    const media = await Promise.all(pictures.map((picture) => deps.pictures.media(picture, {}, form)))
    if (media.every(isPhoto)) return media
    if (media.every(isDocument)) return media
    const files = await Promise.all(pictures.map((picture) => deps.pictures.media(picture, {}, 'file')))
    return files.filter(isDocument)
  }
}

/** As equal as can be, so that none is left with a single picture. */
function parts(pictures: readonly ViewPicture[]): ViewPicture[][] {
  const count = Math.ceil(pictures.length / MAX_ALBUM)
  const size = Math.ceil(pictures.length / count)
  return Array.from({ length: count }, (_, i) => pictures.slice(i * size, (i + 1) * size))
}

function isPhoto(media: Media): media is InputMediaPhoto {
  return media.type === 'photo'
}

function isDocument(media: Media): media is InputMediaDocument {
  return media.type === 'document'
}
