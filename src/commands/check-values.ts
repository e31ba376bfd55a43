import { clip } from '../chat.ts'
import { UserError } from '../user-error.ts'
import type { Localised } from './command.ts'
import type { Args, ChoiceParam, NumberParam, Param, Params, RawValues } from './params.ts'

// Control characters draw nothing, break logs and terminals, and hide text from a reader. Line breaks and tabs stay.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu
// A refusal repeats what was typed; a page of it would drown the sentence.
const SHOWN_LENGTH = 40
const YES = ['true', 'yes', 'on', '1', '是', '开']
const NO = ['false', 'no', 'off', '0', '否', '关']
const HAN = /\p{Script=Han}/u
const HAN_NUMBERS = [...'零一二三四五六七八九十']
/** What Chinese puts behind a number of pictures, steps, pages, days or credits. */
const HAN_MEASURE = /(?<=.)\s*[张步页天点个]$/u

/** What the choices of a command are called, by value: understood like the choice itself. */
export type Labels = Readonly<Record<string, Localised>>

/** Turns what was typed or chosen into a command's arguments, or throws the `UserError` that says what is wrong. */
export function checkValues<P extends Params>(params: P, raw: RawValues, labels: Labels = {}): Args<P> {
  for (const name of Object.keys(raw)) {
    if (!Object.hasOwn(params, name)) throw new UserError('unknown-flag', { flag: name, known: Object.keys(params) })
  }
  const checked = Object.entries(params).map(([name, param]) => [name, checkValue(name, param, raw[name], labels)])
  return Object.fromEntries(checked) as Args<P>
}

function checkValue(name: string, param: Param, raw: string | number | boolean | undefined, labels: Labels) {
  const text = raw === undefined ? '' : clean(String(raw))
  if (param.kind === 'flag') return text === '' ? false : readFlag(name, text)
  if (text === '') {
    if (param.required)
      throw new UserError('missing', {
        param: name,
        ...(param.kind === 'choice' && { choices: choicesOf(param, labels) }),
      })
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
      return readNumber(name, param, text, inFigures(text).replace(/^#/u, ''))
    case 'number':
      return readNumber(name, param, text, inFigures(text))
    case 'choice': {
      const choice = readChoice(param, text.normalize('NFKC').toLowerCase(), labels)
      if (choice === undefined)
        throw new UserError('not-a-choice', {
          param: name,
          value: clip(text, SHOWN_LENGTH),
          choices: choicesOf(param, labels),
        })
      return choice
    }
    default:
      param satisfies never
  }
}

/** By its value, its label in any language, or other words for it. A part of a Chinese label will do where no other has it. */
function readChoice({ choices, also = {} }: ChoiceParam, text: string, labels: Labels): string | undefined {
  const named = (value: string) => Object.values(labels[value] ?? {}).some((label) => label.toLowerCase() === text)
  const exact =
    choices.find((value) => value === text || named(value)) ?? (Object.hasOwn(also, text) ? also[text] : undefined)
  if (exact !== undefined || !HAN.test(text)) return exact
  const [only, another] = choices.filter((value) => labels[value]?.zh.includes(text))
  return another === undefined ? only : undefined
}

function choicesOf({ choices }: ChoiceParam, labels: Labels): readonly Localised[] {
  return choices.map((value) => ({ en: value, zh: labels[value]?.zh ?? value }))
}

/** `５`, `四` and `4张` as people write them on Chinese keyboards. */
function inFigures(text: string): string {
  return hanNumber(text.normalize('NFKC').replace(HAN_MEASURE, ''))
}

/** `四` as `4`, up to ten; any other text as it is. */
export function hanNumber(text: string): string {
  const number = text === '两' ? 2 : HAN_NUMBERS.indexOf(text)
  return number < 0 ? text : String(number)
}

/** `typed` is shown, `text` is read. */
function readNumber(name: string, param: NumberParam, typed: string, text: string): number {
  // Half the world writes 1,5.
  const value = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)$/u.test(text) ? Number(text.replace(',', '.')) : Number.NaN
  if (Number.isNaN(value)) throw new UserError('not-a-number', { param: name, value: clip(typed, SHOWN_LENGTH) })
  const { min, max } = param
  if ((min !== undefined && value < min) || (max !== undefined && value > max) || !Number.isFinite(value)) {
    throw new UserError('out-of-range', { param: name, value: clip(typed, SHOWN_LENGTH), min, max })
  }
  // 1,000 and 1.000 are a thousand to those who write them.
  if (param.kind === 'integer' && !/^[+-]?\d+$/u.test(text)) {
    throw new UserError('not-whole', { param: name, value: clip(typed, SHOWN_LENGTH) })
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
