/**
 * What a command takes, as data. The types of its arguments are inferred from it (`Args`), as are the Discord
 * definition, the Telegram parser, validation and `/help`.
 */
export type Params = Readonly<Record<string, Param>>

export type Param = TextParam | NumberParam | ChoiceParam | FlagParam

interface Common {
  readonly required?: boolean
  /** Other names of its flag: `--ar` for `--aspect`. */
  readonly alias?: readonly string[]
  /** Given by its flag only, never by its place: words after the others are not for it. */
  readonly named?: boolean
  /** `complete` has suggestions for it: the jobs or prompts of the person who types, or its choices. */
  readonly suggests?: 'jobs' | 'prompts' | 'choices'
}

interface TextParam extends Common {
  readonly kind: 'text'
  /** Takes all text that no flag claims: the prompt. */
  readonly rest?: boolean
  /** One word: its flag takes no more than that, or what is in quotes. */
  readonly word?: boolean
  readonly maxLength: number
}

export interface NumberParam extends Common {
  readonly kind: 'integer' | 'number'
  readonly min?: number
  readonly max?: number
}

export interface ChoiceParam<Value extends string = string> extends Common {
  readonly kind: 'choice'
  readonly choices: readonly Value[]
  /** What else people say for a choice, beside its label: in lower case. */
  readonly also?: Readonly<Record<string, Value>>
}

/** Given or not: `--private`. */
interface FlagParam extends Common {
  readonly kind: 'flag'
  readonly required?: false
}

export type Args<P extends Params> = {
  readonly [K in keyof P]: P[K] extends { readonly required: true } | { readonly kind: 'flag' }
    ? Value<P[K]>
    : Value<P[K]> | undefined
}

type Value<P extends Param> =
  P extends ChoiceParam<infer V>
    ? V
    : P extends { readonly kind: 'text' }
      ? string
      : P extends { readonly kind: 'flag' }
        ? boolean
        : number

/** What was typed or chosen, before it is checked. */
export type RawValues = Readonly<Record<string, string | number | boolean>>

/** What a job id may be: rows count from 1. */
export const JOB = { kind: 'integer', min: 1, max: Number.MAX_SAFE_INTEGER, suggests: 'jobs' } as const satisfies Param
