import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { InputFile } from 'grammy'
import type { InputMediaDocument, InputMediaPhoto, Message, MessageEntity } from 'grammy/types'
import { ChatError, type ViewPicture } from '../../src/chat.ts'
import type { Outcome } from './call.ts'
import type { TelegramMemory } from './memory.ts'

// Telegram: a photo is at most 10 MB, its edges together at most 10,000 px and at most 20 to 1. Else it goes as a file.
const MAX_PHOTO_BYTES = 10_000_000
const MAX_EDGES_PX = 10_000
const MAX_RATIO = 20

export interface Caption {
  readonly caption?: string
  readonly caption_entities?: MessageEntity[]
}

export type Media = InputMediaPhoto | InputMediaDocument

/** `known`: by the id Telegram gave it, where it was sent before. `fresh`: its bytes. `file`: its bytes, unchanged. */
export type MediaForm = 'known' | 'fresh' | 'file'

export type Pictures = ReturnType<typeof createPictures>

interface Deps {
  readonly dataDir: string
  readonly memory: TelegramMemory
  /** The bot's own id: what Telegram calls a picture is good for one bot alone, and an inline answer fails by one bad id. */
  readonly bot: string
}

export function createPictures({ dataDir, memory, bot }: Deps) {
  const noteName = (path: string) => `photo:${bot}:${path}`

  return {
    async media(picture: ViewPicture, caption: Caption, form: MediaForm): Promise<Media> {
      const spoiler = picture.spoiler ? { has_spoiler: true } : {}
      const known = form === 'known' ? photoId(picture.path) : undefined
      if (known) return { type: 'photo', media: known, ...caption, ...spoiler }
      const bytes = await read(picture)
      const media = new InputFile(bytes, safeName(picture.name))
      if (form === 'file' || !fitsPhoto(picture, bytes)) return { type: 'document', media, ...caption }
      return { type: 'photo', media, ...caption, ...spoiler }
    },
    /** Keeps the id of what was sent, for the next time and for inline mode. */
    sent(picture: ViewPicture, message: Message): void {
      const largest = message.photo?.at(-1)
      if (largest && !picture.passing) memory.note(noteName(picture.path), largest.file_id, { picture: picture.path })
    },
    /** The id of a picture that was sent as a photo. */
    photoId,
  }

  function photoId(path: string): string | undefined {
    const id = memory.recall(noteName(path))
    return typeof id === 'string' ? id : undefined
  }

  async function read(picture: ViewPicture): Promise<Buffer> {
    try {
      return await readFile(resolve(dataDir, picture.path))
    } catch (cause) {
      throw new ChatError('refused', `expected a picture at ${picture.path}`, { cause })
    }
  }
}

/** By its id, then by its bytes, then as a file: the first form that the platform takes. */
export async function inSomeForm<T>(
  pictures: Pictures,
  picture: ViewPicture,
  caption: Caption,
  send: (media: Media) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  for (const form of ['known', 'fresh', 'file'] as const) {
    const outcome = await send(await pictures.media(picture, caption, form))
    if (outcome.kind !== 'bad-file') return outcome
  }
  throw new ChatError('refused', `Telegram takes ${picture.path} in no form`)
}

/** grammY writes a file's name into a header without quotes. */
export function safeName(name: string): string {
  return name.replace(/[\s;"\\]+/g, '-')
}

function fitsPhoto({ widthPx, heightPx }: ViewPicture, bytes: Buffer): boolean {
  const ratio = Math.max(widthPx, heightPx) / Math.min(widthPx, heightPx)
  return bytes.length <= MAX_PHOTO_BYTES && widthPx + heightPx <= MAX_EDGES_PX && ratio <= MAX_RATIO
}
