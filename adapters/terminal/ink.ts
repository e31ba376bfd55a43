import type { Span, Text } from '../../src/chat.ts'

const ESCAPE = '\u001b'
// Whatever a person typed must not move the cursor or recolour the screen.
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/gu

/** Text for a terminal, with bold and colour where it has them. */
export function inked(text: Text, colour: boolean): string {
  return text.map((span) => inkedSpan(span, colour)).join('')
}

function inkedSpan(span: Span, colour: boolean): string {
  if (typeof span === 'string') return span.replace(CONTROL, '')
  const text = span.text.replace(CONTROL, '')
  if (!colour) return text
  switch (span.kind) {
    case 'strong':
      return `${ESCAPE}[1m${text}${ESCAPE}[22m`
    case 'typed':
      return `${ESCAPE}[3m${text}${ESCAPE}[23m`
    case 'code':
      return `${ESCAPE}[36m${text}${ESCAPE}[39m`
    case 'time':
      return text
    default:
      return span satisfies never
  }
}
