import type { InlineKeyboardMarkup, MessageEntity, PhotoSize } from '@grammyjs/types'
import { badRequest } from './refusal.ts'
import type { Uploads } from './request.ts'
import type { StoredFile, World } from './world.ts'

const MAX_TEXT = 4096
const MAX_CAPTION = 1024
const MAX_CALLBACK_BYTES = 64
const MAX_PHOTO_BYTES = 10_000_000

/** What Telegram itself turns into links and pings, outside code. */
const FOUND: readonly (readonly [MessageEntity['type'], RegExp])[] = [
  ['mention', /(?<![\w@])@[a-z]\w{2,31}/gi],
  ['hashtag', /(?<!\w)#[\p{L}\p{N}_]+/gu],
  ['bot_command', /(?<![\w/])\/[a-z0-9_]{1,64}(?:@\w+)?/gi],
  ['url', /(?:https?:\/\/)?[\w~\u{C0}-\u{10FFFF}-]+(?:\.[\w~\u{C0}-\u{10FFFF}-]+)+(?:\/\S*)?/gu],
]

export function textContent(text: unknown, entities: MessageEntity[] = []) {
  if (typeof text !== 'string' || text.trim() === '') throw badRequest('message text is empty')
  if ([...text].length > MAX_TEXT) throw badRequest('message is too long')
  return { text, entities: withFound(text, entities) }
}

export function captionContent(caption: unknown, entities: MessageEntity[] = []) {
  if (typeof caption !== 'string' || caption === '') return {}
  if ([...caption].length > MAX_CAPTION) throw badRequest('message caption is too long')
  return { caption, caption_entities: withFound(caption, entities) }
}

/** The entities that the sender gave, checked, with those that Telegram finds by itself. */
export function withFound(text: string, given: readonly MessageEntity[]): MessageEntity[] {
  for (const { offset, length } of given) {
    if (length <= 0 || offset + length > text.length) throw badRequest('ENTITY_BOUNDS_INVALID')
    const splits = (at: number) => /[\uD800-\uDBFF]/.test(text[at - 1] ?? '') && /[\uDC00-\uDFFF]/.test(text[at] ?? '')
    if (splits(offset) || splits(offset + length)) throw badRequest('entity ends in the middle of a UTF-16 symbol')
  }
  const inCode = (at: number, end: number) =>
    given.some((e) => e.type === 'code' && at < e.offset + e.length && end > e.offset)
  const found = FOUND.flatMap(([type, pattern]) =>
    [...text.matchAll(pattern)]
      .filter((match) => !inCode(match.index, match.index + match[0].length))
      .map((match) => ({ type, offset: match.index, length: match[0].length }) as MessageEntity),
  )
  return [...given, ...found].toSorted((a, b) => a.offset - b.offset)
}

/** An inline keyboard is part of a message; any other markup is only a wish to the client. */
export function markupContent(markup: unknown): { reply_markup?: InlineKeyboardMarkup } {
  const keyboard = (markup as InlineKeyboardMarkup | undefined)?.inline_keyboard
  if (!keyboard || keyboard.flat().length === 0) return {}
  for (const button of keyboard.flat()) {
    if (!button.text) throw badRequest('BUTTON_TEXT_INVALID')
    const bytes = 'callback_data' in button ? Buffer.byteLength(button.callback_data) : 1
    if (bytes < 1 || bytes > MAX_CALLBACK_BYTES) throw badRequest('BUTTON_DATA_INVALID')
  }
  return { reply_markup: { inline_keyboard: keyboard } }
}

/** The file that a parameter names: by an id of ours, or as an upload of the same request. */
export function fileOf(world: World, uploads: Uploads, value: unknown): StoredFile {
  if (typeof value !== 'string') throw badRequest('there is no file in the request')
  if (!value.startsWith('attach://')) {
    const known = world.files.get(value)
    if (!known) throw badRequest('wrong file identifier/HTTP URL specified')
    return known
  }
  const upload = uploads.get(value.slice('attach://'.length))
  if (!upload) throw badRequest('file must be non-empty')
  return world.addFile(upload.name, upload.content)
}

export function photoContent(file: StoredFile): { photo: PhotoSize[] } {
  const { content } = file
  const isPng = content.subarray(1, 4).toString('latin1') === 'PNG'
  const isJpeg = content[0] === 0xff && content[1] === 0xd8
  if (!isPng && !isJpeg) throw badRequest('IMAGE_PROCESS_FAILED')
  if (content.length > MAX_PHOTO_BYTES) throw badRequest('file is too big')
  const [width, height] = isPng ? [content.readUInt32BE(16), content.readUInt32BE(20)] : [1, 1]
  if (width + height > 10_000 || Math.max(width, height) > 20 * Math.min(width, height))
    throw badRequest('PHOTO_INVALID_DIMENSIONS')
  file.isPhoto = true
  const size = { file_unique_id: file.id.slice(-12), width, height, file_size: content.length }
  return { photo: [{ ...size, file_id: file.id }] }
}

export function documentContent(file: StoredFile) {
  const { id, name, content } = file
  return { document: { file_id: id, file_unique_id: id.slice(-12), file_name: name, file_size: content.length } }
}
