import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { PRECISIONS, type Precision } from '../../src/models-port.ts'

/** What somebody who starts the program wants of it. */
export type Wanted =
  | ImagineOnce
  | { readonly kind: 'chat'; readonly model?: string; readonly device?: string }
  | { readonly kind: 'doctor' }
  /** `isCheck`: nothing is downloaded. */
  | { readonly kind: 'cuda'; readonly isCheck: boolean }
  | ModelsWanted
  | { readonly kind: 'help' }
  /** For standard error, in words of `main.ts`; the exit status is 1. */
  | { readonly kind: 'error'; readonly problem: ArgvProblem }

/** Why a line is refused. An option is as it was typed, such as `--seed` or `-x`. */
type ArgvProblem =
  | { readonly code: 'unknown-command'; readonly got: string; readonly known: readonly string[] }
  | {
      readonly code: 'foreign-option'
      readonly option: string
      readonly command: string
      /** What the command takes; may be nothing. */
      readonly known: readonly string[]
    }
  | { readonly code: 'no-value'; readonly option: string }
  | { readonly code: 'needless-value'; readonly option: string }
  | { readonly code: 'bad-value'; readonly option: string; readonly got: string; readonly known: readonly string[] }
  | { readonly code: 'left-over'; readonly command: string; readonly words: string }
  | { readonly code: 'no-prompt' | 'no-name'; readonly command: string }

/** `name`: a name that `models list` shows, a path, or (`get`) a repository. */
export type ModelsWanted = { readonly kind: 'models' } & (
  | { readonly verb: 'get'; readonly name: string; readonly revision?: string; readonly precision?: Precision }
  | { readonly verb: 'list' }
  | { readonly verb: 'check' | 'remove'; readonly name: string }
  | { readonly verb: 'prepare'; readonly name: string; readonly precision: Precision }
)

export interface ImagineOnce {
  readonly kind: 'imagine'
  /** The values of `/imagine` by name; it checks them itself. */
  readonly values: Readonly<Record<string, string | boolean>>
  /** A name or a folder of a model, instead of the configured one. */
  readonly model?: string
  readonly device?: string
  /** Where the PNG is copied to: a name that ends in `.png`, or a folder. */
  readonly out?: string
  /** One JSON object a line instead of words. */
  readonly json: boolean
}

interface CommandLine {
  /** What stands behind the command; only a prompt may have several words. */
  readonly words: 'none' | 'name' | 'prompt'
  readonly options: Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>
}

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const ENGINE = { model: text, device: text } as const
const DRAWING = {
  seed: text,
  size: text,
  aspect: text,
  ar: text,
  steps: text,
  count: text,
  n: text,
  negative: text,
  no: text,
  guidance: text,
  cfg: text,
  style: text,
  vary: text,
  private: flag,
  out: text,
  json: flag,
} as const
const REVISION = { revision: text } as const
const PRECISION = { precision: text } as const

/** Every command with what it takes; `--help` stands behind any. */
export const COMMANDS = {
  chat: { words: 'none', options: ENGINE },
  imagine: { words: 'prompt', options: { ...DRAWING, ...ENGINE } },
  'models get': { words: 'name', options: { ...REVISION, ...PRECISION } },
  'models list': { words: 'none', options: {} },
  'models check': { words: 'name', options: {} },
  'models prepare': { words: 'name', options: PRECISION },
  'models remove': { words: 'name', options: {} },
  doctor: { words: 'none', options: {} },
  cuda: { words: 'none', options: { check: flag } },
  help: { words: 'none', options: {} },
} as const satisfies Readonly<Record<string, CommandLine>>

type Command = keyof typeof COMMANDS

const OPTIONS = {
  ...DRAWING,
  ...ENGINE,
  ...REVISION,
  ...PRECISION,
  check: flag,
  help: { type: 'boolean', short: 'h' },
} as const

const DEVICES = ['auto', 'cpu', 'webgpu', 'cuda', 'cuda:N']
const DEVICE = /^(auto|cpu|webgpu|cuda(:\d{1,2})?)$/u

// The smallest whose pictures stay within 30 dB of the released weights' (docs/precision.md).
const DEFAULT_PRECISION: Precision = 'int8'

/** Reads what stands after the program's name. Pure: nothing is started, nothing printed. */
export function parseArgv(argv: readonly string[]): Wanted {
  const line = { args: [...argv], options: OPTIONS, allowPositionals: true } as const
  const { tokens, positionals } = parseArgs({ ...line, strict: false, tokens: true })
  const given = tokens.filter((token) => token.kind === 'option')
  if (given.some(({ name }) => name === 'help') || positionals[0] === 'help') return { kind: 'help' }

  const [first = 'chat', ...others] = positionals
  const command = first === 'models' ? [first, ...others.splice(0, 1)].join(' ') : first
  if (!isCommand(command)) return wrong({ code: 'unknown-command', got: command, known: Object.keys(COMMANDS) })
  const problem = optionProblem(command, given) ?? wordProblem(command, others)
  if (problem) return wrong(problem)

  const said = others.join(' ').trim()
  // Once more, for the types: whatever it would refuse is refused by now.
  const { values } = parseArgs({ ...line, strict: true })
  const { model, device, out, json = false, ar, n, no, cfg, revision, precision, check = false, ...rest } = values
  if (device !== undefined && !device.split(',').every((one) => DEVICE.test(one.trim())))
    return wrong({ code: 'bad-value', option: '--device', got: device, known: DEVICES })
  if (precision !== undefined && !isPrecision(precision))
    return wrong({ code: 'bad-value', option: '--precision', got: precision, known: PRECISIONS })
  // Only shells understand it, and those not behind `=`: it would be a folder of that name.
  if (out?.startsWith('~'))
    return wrong({
      code: 'bad-value',
      option: '--out',
      got: out,
      known: [join(homedir(), out.replace(/^~[^/]*/u, ''))],
    })
  switch (command) {
    case 'chat':
      return { kind: 'chat', model, device }
    case 'imagine': {
      const aliases = {
        ...(ar && { aspect: ar }),
        ...(n && { count: n }),
        ...(no && { negative: no }),
        ...(cfg && { guidance: cfg }),
      }
      return { kind: 'imagine', values: { prompt: said, ...aliases, ...rest }, model, device, out, json }
    }
    case 'models list':
      return { kind: 'models', verb: 'list' }
    case 'models get':
      return { kind: 'models', verb: 'get', name: said, revision: revision || undefined, precision }
    case 'models check':
      return { kind: 'models', verb: 'check', name: said }
    case 'models prepare':
      return { kind: 'models', verb: 'prepare', name: said, precision: precision ?? DEFAULT_PRECISION }
    case 'models remove':
      return { kind: 'models', verb: 'remove', name: said }
    case 'cuda':
      return { kind: 'cuda', isCheck: check }
    case 'doctor':
    case 'help':
      return { kind: command }
    default:
      return command satisfies never
  }
}

interface GivenOption {
  readonly name: string
  /** As it was typed. */
  readonly rawName: string
  readonly value?: string | undefined
  /** `--name=value` */
  readonly inlineValue?: boolean | undefined
}

function optionProblem(command: Command, given: readonly GivenOption[]): ArgvProblem | undefined {
  const { options }: CommandLine = COMMANDS[command]
  for (const { name, rawName: option, value, inlineValue } of given) {
    if (!Object.hasOwn(options, name))
      return { code: 'foreign-option', option, command, known: Object.keys(options).map((known) => `--${known}`) }
    const isText = options[name]!.type === 'string'
    // `--seed --json` lacks its value.
    if (isText && (value === undefined || (!inlineValue && value.startsWith('-')))) return { code: 'no-value', option }
    if (!isText && value !== undefined) return { code: 'needless-value', option }
  }
  return undefined
}

function wordProblem(command: Command, words: readonly string[]): ArgvProblem | undefined {
  const { words: expected }: CommandLine = COMMANDS[command]
  const leftOver = expected === 'prompt' ? [] : words.slice(expected === 'name' ? 1 : 0)
  if (leftOver.length > 0) return { code: 'left-over', command, words: leftOver.join(' ') }
  if (expected === 'none' || words.some((word) => word.trim())) return undefined
  return { code: expected === 'prompt' ? 'no-prompt' : 'no-name', command }
}

function isCommand(text: string): text is Command {
  return Object.hasOwn(COMMANDS, text)
}

function isPrecision(text: string): text is Precision {
  return PRECISIONS.some((precision) => precision === text)
}

function wrong(problem: ArgvProblem): Wanted {
  return { kind: 'error', problem }
}
