import type { InlineKeyboardButton, InlineKeyboardMarkup } from 'grammy/types'
import type { Button, View } from '../../src/chat.ts'
import { withOriginal } from './originals.ts'
import type { Caption } from './pictures.ts'
import { MAX_CAPTION, MAX_TEXT, render } from './render.ts'

/** The buttons of a view. An edit without them removes those that were there. */
export function markupOf(view: View): { readonly reply_markup?: InlineKeyboardMarkup } {
  const rows = withOriginal(view).filter((row) => row.length > 0)
  return rows.length > 0 ? { reply_markup: { inline_keyboard: rows.map((row) => row.map(pressable)) } } : {}
}

/** A view as a message of text. No page that it names is shown under it. */
export function textOf(view: View) {
  const { text, entities } = render(view.text, MAX_TEXT)
  return { text, other: { entities, ...markupOf(view), link_preview_options: { is_disabled: true } } }
}

export function captionOf(view: View): Caption {
  const { text, entities } = render(view.text, MAX_CAPTION)
  return { caption: text, caption_entities: entities }
}

function pressable({ id, label, style }: Button): InlineKeyboardButton {
  return { text: label, callback_data: id, style }
}
