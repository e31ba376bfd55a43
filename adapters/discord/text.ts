import type { Span, Text } from '../../src/chat.ts'

/** Text as Discord markup that reads exactly as it is written: nothing in it becomes bold, a link, a pill or a ping. */
export function renderText(text: Text): string {
  return text.map(renderSpan).join('')
}

function renderSpan(span: Span): string {
  if (typeof span === 'string') return escapeOwn(span)
  switch (span.kind) {
    case 'strong':
      return `**${escapeOwn(span.text)}**`
    case 'typed':
      return span.text.split('\n').map(isolate).map(escapeInline).map(escapeLineStart).join('\n')
    case 'code':
      return `\`${span.text.replaceAll('`', 'ˋ')}\``
    case 'time':
      return `<t:${Math.round(span.at / 1000)}:R>`
    default:
      return span satisfies never
  }
}

/** Our own words have no markup either, but their addresses are links. */
function escapeOwn(text: string): string {
  return text.replace(/https?:\/\/\S+|[\\*_~`|[\]<]/gu, (part) => (part.length > 1 ? part : `\\${part}`))
}

/**
 * A backslash before punctuation makes it plain. `<` opens every mention, custom emoji and timestamp; `://` makes a link;
 * what stands between two colons may be the name of an emoji: `:c:` is ©. Of `discord.gg/…` Discord shows an invitation, also
 * without `://`.
 */
function escapeInline(text: string): string {
  return text
    .replace(/[\\*_~`|[\]<]/gu, '\\$&')
    .replace(/:(?=\/\/|[^\s:]+:)/gu, '\\:')
    .replace(/(?<=\.[a-z]{2,9})\//giu, '\\/')
}

/** Headings, quotes, lists and small print begin at a line's start. */
function escapeLineStart(line: string): string {
  return line.replace(/^(\s*)([#>+-])/u, '$1\\$2').replace(/^(\s*\d+)\./u, '$1\\.')
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/u

/**
 * Marks that change the writing direction are kept, and end where the typed line ends. A mark that closes an isolate
 * gets one of ours to close, so that it cannot close the outer one; surplus closing marks do nothing.
 */
function isolate(line: string): string {
  if (!RIGHT_TO_LEFT.test(line)) return line
  const closing = line.split('\u2069').length
  const opening = line.split(/[\u2066-\u2068]/u).length - 1
  return `${'\u2068'.repeat(closing)}${line}${'\u2069'.repeat(closing + opening)}`
}
