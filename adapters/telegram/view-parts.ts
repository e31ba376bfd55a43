import type { InlineKeyboardMarkup } from 'grammy/types'
import type { View } from '../../src/chat.ts'
import { withOriginal } from './originals.ts'
import type { Caption } from './pictures.ts'
import { keyboard, MAX_CAPTION, render } from './render.ts'

/** The buttons of a view. An edit without them removes those that were there. */
export function markupOf(view: View): { readonly reply_markup?: InlineKeyboardMarkup } {
  const markup = keyboard(withOriginal(view))
  return markup.inline_keyboard.length > 0 ? { reply_markup: markup } : {}
}

export function captionOf(view: View): Caption {
  const { text, entities } = render(view.text, MAX_CAPTION)
  return { caption: text, caption_entities: entities }
}
