import type { Span, Text } from '../chat.ts'

type Part = string | number | Span | Text | undefined | false

/** Makes `Text` of a template. Numbers and strings are shown plainly; wrap what a person typed in `typed`. */
export function say(strings: TemplateStringsArray, ...parts: readonly Part[]): Text {
  const spans: Span[] = []
  strings.forEach((string, i) => {
    if (string) spans.push(string)
    spans.push(...asSpans(parts[i]))
  })
  return spans
}

/** The parts that are not empty, with `separator` between them. */
export function join(parts: readonly Part[], separator: Part): Text {
  return parts
    .map(asSpans)
    .filter((spans) => spans.length > 0)
    .flatMap((spans, i) => (i === 0 ? spans : [...asSpans(separator), ...spans]))
}

/** One line for each part that is not empty. */
export function lines(...parts: readonly Part[]): Text {
  return join(parts, '\n')
}

export function strong(text: string | number): Span {
  return { kind: 'strong', text: String(text) }
}

export function typed(text: string): Span {
  return { kind: 'typed', text }
}

export function code(text: string | number): Span {
  return { kind: 'code', text: String(text) }
}

/** Each by itself, one after another. */
export function codes(texts: readonly string[]): Text {
  return join(
    texts.map((text) => code(text)),
    ' ',
  )
}

/** Text as a person reads it, for places without markup. */
export function plain(text: Text): string {
  return text.map((span) => (typeof span === 'string' ? span : span.text)).join('')
}

function asSpans(part: Part): Text {
  if (part === undefined || part === false || part === '') return []
  if (typeof part === 'number') return [String(part)]
  if (typeof part === 'string' || 'kind' in part) return [part]
  return part
}
