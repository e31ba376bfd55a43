import { clip } from '../chat.ts'
import { UserError } from '../user-error.ts'
import type { Args, NumberParam, Param, Params, RawValues } from './params.ts'

// Control characters draw nothing, break logs and terminals, and hide text from a reader. Line breaks and tabs stay.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu
// A refusal repeats what was typed; a page of it would drown the sentence.
const SHOWN_LENGTH = 40
const YES = ['true', 'yes', 'on', '1', '是', '开']
const NO = ['false', 'no', 'off', '0', '否', '关']

/** Turns what was typed or chosen into a command's arguments, or throws the `UserError` that says what is wrong. */
export function checkValues<P extends Params>(params: P, raw: RawValues): Args<P> {
  for (const name of Object.keys(raw)) {
    if (!Object.hasOwn(params, name)) throw new UserError('unknown-flag', { flag: name, known: Object.keys(params) })
  }
  const checked = Object.entries(params).map(([name, param]) => [name, checkValue(name, param, raw[name])])
  return Object.fromEntries(checked) as Args<P>
}

function checkValue(name: string, param: Param, raw: string | number | boolean | undefined) {
  const text = raw === undefined ? '' : clean(String(raw))
  if (param.kind === 'flag') return text === '' ? false : readFlag(name, text)
  if (text === '') {
    if (param.required)
      throw new UserError('missing', { param: name, ...(param.kind === 'choice' && { choices: param.choices }) })
    return undefined
  }
  switch (param.kind) {
    case 'text':
      if (text.length > param.maxLength) {
        throw new UserError('too-long', { param: name, max: param.maxLength, length: text.length })
      }
      return text
    case 'integer':
      // Jobs are told as #12.
      return readNumber(name, param, text.replace(/^#/u, ''))
    case 'number':
      return readNumber(name, param, text)
    case 'choice': {
      const means = (value: string) => value.toLowerCase() === text.toLowerCase()
      const named = param.names?.find(({ name }) => Object.values(name).some(means))
      const choice = param.choices.find((value) => means(value) || value === named?.id)
      if (choice === undefined) {
        const choices = param.choices.map((id) => ({ ...param.names?.find((known) => known.id === id)?.name, en: id }))
        throw new UserError('not-a-choice', { param: name, value: clip(text, SHOWN_LENGTH), choices })
      }
      return choice
    }
    default:
      param satisfies never
  }
}

function readNumber(name: string, param: NumberParam, text: string): number {
  // Half the world writes 1,5.
  const value = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)$/u.test(text) ? Number(text.replace(',', '.')) : Number.NaN
  if (Number.isNaN(value)) throw new UserError('not-a-number', { param: name, value: clip(text, SHOWN_LENGTH) })
  const { min, max } = param
  if ((min !== undefined && value < min) || (max !== undefined && value > max) || !Number.isFinite(value)) {
    throw new UserError('out-of-range', { param: name, value: clip(text, SHOWN_LENGTH), min, max })
  }
  // 1,000 and 1.000 are a thousand to those who write them.
  if (param.kind === 'integer' && !/^[+-]?\d+$/u.test(text)) {
    throw new UserError('not-whole', { param: name, value: clip(text, SHOWN_LENGTH) })
  }
  return value
}

function readFlag(name: string, text: string): boolean {
  if (YES.includes(text.toLowerCase())) return true
  if (NO.includes(text.toLowerCase())) return false
  const choices = [
    { en: 'yes', zh: '是' },
    { en: 'no', zh: '否' },
  ]
  throw new UserError('not-a-choice', { param: name, value: clip(text, SHOWN_LENGTH), choices })
}

/** What a person wrote, without what cannot be seen. */
export function clean(text: string): string {
  return text.toWellFormed().replace(CONTROL, '').trim()
}
