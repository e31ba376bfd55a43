import { UserError } from '../user-error.ts'
import type { Param, Params, RawValues } from './params.ts'

// A flag starts a word. Phones turn `--` into a dash of their own; `--` inside a word, or before a space, is text.
const FLAG = /(?<=^|\s)(?:--|––|[—–])([a-z][\w-]*)(?:=("[^"]*"|\S+))?/giu

interface Found {
  readonly typed: string
  readonly name: string
  readonly param: Param
  readonly inline: string | undefined
  readonly from: number
  readonly to: number
}

/**
 * Reads what a person typed after a command's name: flags by their names, what is left in the order of the params, and
 * everything left after that into the one with `rest`. A flag of text takes the words up to the next flag, any other
 * one word. The last of equal flags wins. Throws a `UserError` for a flag nobody knows and for words nobody takes.
 */
export function readText(params: Params, text: string): RawValues {
  const values: Record<string, string | boolean> = {}
  const flags = findFlags(params, text)
  const left: string[] = [text.slice(0, flags[0]?.from ?? text.length)]

  flags.forEach((flag, i) => {
    const after = text.slice(flag.to, flags[i + 1]?.from ?? text.length)
    const { value, unread } = readValue(flag, after)
    values[flag.name] = value
    left.push(unread)
  })

  const words = left
    .map((part) => part.trim())
    .filter(Boolean)
    .join(' ')
  const leftOver = readInOrder(params, words, values)
  if (leftOver) throw new UserError('left-over', { words: leftOver })
  return values
}

function findFlags(params: Params, text: string): Found[] {
  return [...text.matchAll(FLAG)].map((match) => {
    const typed = match[1]!.toLowerCase()
    const named = Object.entries(params).find(([name, param]) => name === typed || param.alias?.includes(typed))
    if (!named) throw new UserError('unknown-flag', { flag: match[0], known: flagNames(params) })
    const [name, param] = named
    return { typed: match[0], name, param, inline: match[2], from: match.index, to: match.index + match[0].length }
  })
}

function readValue(flag: Found, after: string): { value: string | boolean; unread: string } {
  if (flag.inline !== undefined) return { value: unquote(flag.inline), unread: after }
  if (flag.param.kind === 'flag') return { value: true, unread: after }
  const [, quoted, words] = /^\s*("[^"]*"|)([\s\S]*)$/u.exec(after)!
  if (quoted) return { value: unquote(quoted), unread: words! }
  const text = words!.trim()
  if (!text) throw new UserError('flag-without-value', { flag: flag.typed })
  if (flag.param.kind === 'text' && !flag.param.word) return { value: text, unread: '' }
  const [first] = text.split(/\s/u, 1)
  return { value: first!, unread: text.slice(first!.length) }
}

/** Hands the words out in the order of the params. Returns those that nobody took. */
function readInOrder(params: Params, words: string, values: Record<string, string | boolean>): string {
  let left = words
  for (const [name, param] of Object.entries(params)) {
    if (!left || param.kind === 'flag' || param.named || Object.hasOwn(values, name)) continue
    const take = param.kind === 'text' && param.rest ? left : left.split(/\s/u, 1)[0]!
    values[name] = take
    left = left.slice(take.length).trim()
  }
  return left
}

export function flagNames(params: Params): string[] {
  return Object.entries(params)
    .filter(([, param]) => !(param.kind === 'text' && param.rest))
    .map(([name, param]) => `--${param.alias?.[0] ?? name}`)
}

function unquote(text: string): string {
  return text.replace(/^"|"$/gu, '')
}
