import type { MessageEntity } from 'grammy/types'
import { clip, type Span, type Text } from '../../src/chat.ts'

// Telegram: a message's text, and a picture's caption. Counted here in UTF-16 units, which are never fewer than theirs.
export const MAX_TEXT = 4096
export const MAX_CAPTION = 1024
// Telegram: the toast of a pressed button.
export const MAX_TOAST = 200
// Telegram keeps so many entities of a message and drops the rest.
const MAX_ENTITIES = 100

/**
 * What makes of a word a mention, hashtag, command, address or link for Telegram. It leaves code alone, so such words are
 * set in code where a person typed them: they look as typed, ping nobody and lead nowhere. A domain may end in an emoji.
 */
const WOULD_BE_LINK = /[@#$/]|[\w~\u{C0}-\u{10FFFF}]\.[\p{L}\p{N}]/u

interface Rendered {
  readonly text: string
  readonly entities: MessageEntity[]
}

/** Entities, never markup. Longer than `limit`: what people typed is shortened first, the longest of it, then the end is cut. */
export function render(text: Text, limit: number): Rendered {
  const short = shorten(text, limit)
  const rendered = mark(short, false)
  return rendered.entities.length > MAX_ENTITIES ? mark(short, true) : rendered
}

/** `wholly`: what holds a word that is set in code is set in code from end to end. */
function mark(text: Text, wholly: boolean): Rendered {
  let written = ''
  const entities: MessageEntity[] = []
  const add = (type: 'bold' | 'code', offset: number, length: number) => {
    if (length > 0) entities.push({ type, offset, length })
  }

  for (const span of text) {
    const offset = written.length
    const words = wordsOf(span)
    written += words
    if (typeof span === 'string') continue
    switch (span.kind) {
      case 'strong':
        add('bold', offset, words.length)
        break
      case 'code':
        add('code', offset, words.length)
        break
      case 'typed': {
        const links = [...words.matchAll(/\S+/gu)].filter(([word]) => WOULD_BE_LINK.test(word))
        if (wholly && links.length > 0) add('code', offset, words.length)
        else for (const link of links) add('code', offset + link.index, link[0].length)
        break
      }
      case 'time':
        break
      default:
        span satisfies never
    }
  }
  return { text: written, entities }
}

export function renderPlain(text: Text, limit: number): string {
  return shorten(text, limit).map(wordsOf).join('')
}

function shorten(text: Text, limit: number): Text {
  const over = lengthOf(text) - limit
  if (over <= 0) return text
  const lengths = text.filter(isTyped).map((span) => wordsOf(span).length)
  const most = Math.max(1, shareOf(lengths, lengths.reduce((sum, length) => sum + length, 0) - over))
  const shorter = text.map((span) =>
    isTyped(span) ? ({ kind: 'typed', text: clip(wordsOf(span), most) } as const) : span,
  )
  return cutEnd(shorter, limit)
}

/** The most that each may have, so that all together have no more than `room`: who needs less leaves the rest to others. */
function shareOf(lengths: readonly number[], room: number): number {
  const [shortest, ...longer] = lengths.toSorted((a, b) => a - b)
  if (shortest === undefined) return 0
  const share = Math.floor(room / lengths.length)
  return shortest >= share ? share : shareOf(longer, room - shortest)
}

function cutEnd(text: Text, limit: number): Text {
  let left = limit
  return text.flatMap((span) => {
    const words = clip(wordsOf(span), left)
    left -= words.length
    if (!words) return []
    return [typeof span === 'string' ? words : { ...span, text: words }]
  })
}

export function lengthOf(text: Text): number {
  return text.reduce((sum, span) => sum + wordsOf(span).length, 0)
}

function wordsOf(span: Span): string {
  return typeof span === 'string' ? span : span.text
}

function isTyped(span: Span): boolean {
  return typeof span !== 'string' && span.kind === 'typed'
}
