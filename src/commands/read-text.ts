import { zhNames } from '../messages/zh-commands.ts'
import { UserError } from '../user-error.ts'
import type { Param, Params, RawValues } from './params.ts'

// Phones turn quotes into curly ones and `--` into a dash of their own, Chinese keyboards into two or into wide ones.
const QUOTED = '"[^"]*"|“[^”]*”'
// A flag starts a word, or stands behind a Chinese one; `--` inside a word, before a space, or in a quoted value, is text.
const FLAG = new RegExp(
  `(?:(?<=^|\\s)|(?<=[\\p{Script=Han}，。、！？])(?=[-－]))(?<typed>(?:[-－]{2}|[—–]{1,2})(?<word>[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}_-]*))(?:=(?<inline>${QUOTED}|\\S+)|\\s+(?<quoted>${QUOTED}))?`,
  'giu',
)
const WORD = new RegExp(`^(?:(?:${QUOTED})(?!\\S)|\\S+)`, 'u')

/** `typed` is `--word`. Its value is `inline`, behind `=`, or `quoted`, behind a space. */
interface FlagMatch {
  readonly typed: string
  readonly word: string
  readonly inline?: string
  readonly quoted?: string
}

interface Found {
  readonly typed: string
  readonly name: string
  readonly param: Param
  /** In quotes or behind `=`. */
  readonly value: string | undefined
  readonly from: number
  readonly to: number
}

/**
 * Reads what a person typed after a command's name: flags by their names, what is left in the order of the params (those
 * of `inOrder`), and everything left after that into the one with `rest`. A flag of text takes the words up to the next
 * flag, any other one word, or what is in quotes. The last of equal flags wins. Throws a `UserError` for a flag nobody
 * knows and for words nobody takes.
 */
export function readText(params: Params, text: string, inOrder: readonly string[] = Object.keys(params)): RawValues {
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
  const leftOver = readInOrder(params, inOrder, words, values)
  if (leftOver) throw new UserError('left-over', { words: leftOver })
  return values
}

function findFlags(params: Params, text: string): Found[] {
  return [...text.matchAll(FLAG)].flatMap((match) => {
    const { typed, word, inline, quoted } = match.groups as unknown as FlagMatch
    const means = word.normalize('NFKC').toLowerCase()
    const named = Object.entries(params).find(([name, param]) => namesOf(name, param).includes(means))
    // Chinese sentences have such dashes, and years: only one that we know is a flag. So it is where no space is before it.
    const isAttached = /\S$/u.test(text.slice(0, match.index))
    if (!named && (isAttached || /^[—–]+[^\p{Script=Latin}—–]/u.test(typed))) return []
    if (!named) {
      const [flag] = /^[^\s=]+/u.exec(text.slice(match.index))!
      throw new UserError('unknown-flag', { flag, known: flagNames(params) })
    }
    const [name, param] = named
    // What is in quotes after `--private` is no value of it.
    const isText = quoted !== undefined && param.kind === 'flag'
    const from = match.index
    const to = from + match[0].length - (isText ? quoted.length : 0)
    return { typed, name, param, value: isText ? undefined : (inline ?? quoted), from, to }
  })
}

function readValue(flag: Found, after: string): { value: string | boolean; unread: string } {
  if (flag.value !== undefined) return { value: unquote(flag.value), unread: after }
  if (flag.param.kind === 'flag') return { value: true, unread: after }
  const text = after.trim()
  if (!text) throw new UserError('flag-without-value', { flag: flag.typed })
  if (flag.param.kind === 'text' && !flag.param.word) return { value: text, unread: '' }
  const [first] = text.split(/\s/u, 1)
  return { value: first!, unread: text.slice(first!.length) }
}

/** Hands the words out in the order of the params. Returns those that nobody took. */
function readInOrder(
  params: Params,
  names: readonly string[],
  words: string,
  values: Record<string, string | boolean>,
): string {
  let left = words
  for (const name of names) {
    const param = params[name]!
    if (!left || param.kind === 'flag' || param.named || Object.hasOwn(values, name)) continue
    const isRest = param.kind === 'text' && param.rest
    const take = isRest ? left : WORD.exec(left)![0]
    values[name] = isRest ? take : unquote(take)
    left = left.slice(take.length).trim()
  }
  return left
}

/** In Chinese as Discord shows it. */
function namesOf(name: string, { alias = [] }: Param): (string | undefined)[] {
  return [name, (zhNames.params as Readonly<Record<string, string>>)[name], ...alias]
}

function flagNames(params: Params): string[] {
  return Object.entries(params)
    .filter(([, param]) => !(param.kind === 'text' && param.rest))
    .map(([name, param]) => `--${param.alias?.[0] ?? name}`)
}

function unquote(text: string): string {
  return text.replace(/^["“]|["”]$/gu, '')
}

/** A value as it is read back whole; what it holds of quotes itself becomes single ones. */
export function quote(text: string): string {
  return `"${text.replaceAll('"', "'")}"`
}
