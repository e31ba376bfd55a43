import { parseArgs } from 'node:util'
import { PRECISIONS, type Precision } from '../../src/models-port.ts'

/** What somebody who starts the program wants of it. */
export type Wanted =
  | ImagineOnce
  | { readonly kind: 'chat'; readonly model?: string; readonly device?: string }
  | { readonly kind: 'doctor' }
  | ModelsWanted
  | { readonly kind: 'help' }
  /** `message` is for standard error; the exit status is 1. */
  | { readonly kind: 'error'; readonly message: string }

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

export const USAGE = `npm start                             a chat here, or the bot where Discord or Telegram is configured
npm start -- imagine "a slice of pizza"   one picture
npm start -- models get z-image-turbo fetches a model (also z-image, or any owner/name of the hub)
npm start -- models list              which models there are
npm start -- models check NAME        looks at every tensor of one
npm start -- models prepare NAME [--precision int4] makes a smaller one of it, in int8 unless told otherwise
npm start -- models remove NAME       deletes one
npm start -- doctor                   checks the database

Settings of imagine:
  --seed N        the same seed draws the same picture again
  --size WxH      two multiples of 16, such as 128x128
  --aspect W:H    a shape instead of a size (also --ar)
  --steps N       more steps take longer
  --count N       how many pictures (also --n)
  --negative "…"  what should not be in it (also --no)
  --guidance N    how strictly to follow the words (also --cfg)
  --style NAME    a way to draw
  --vary N        how far to wander from the usual picture, 0 to 100
  --out PATH      copy the PNG there: a name ending in .png, or a folder
  --json          one JSON object a picture
  --model NAME    another model: a name or a folder
  --device NAME   auto, cpu, webgpu, cuda or cuda:N; several with commas between

Settings of models get:
  --revision X    a branch, a tag or a commit
  --precision P   also prepares it: ${PRECISIONS.join(', ')}`

const text = { type: 'string' } as const
const OPTIONS = {
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
  model: text,
  device: text,
  out: text,
  revision: text,
  precision: text,
  json: { type: 'boolean' },
  private: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const DEVICES = /^(auto|cpu|webgpu|cuda(:\d{1,2})?)$/u

// The smallest whose pictures stay within 30 dB of the released weights' (docs/precision.md).
const DEFAULT_PRECISION: Precision = 'int8'

/** Reads what stands after the program's name. Pure: nothing is started, nothing printed. */
export function parseArgv(argv: readonly string[]): Wanted {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(argv)
  } catch (error) {
    return wrong((error as Error).message.split('\n', 1)[0]!.replace(/\. To specify.*/u, ''))
  }
  const { model, device, out, json = false, help, ar, n, no, cfg, revision, precision, ...rest } = parsed.values
  const [command, ...words] = parsed.positionals
  if (help || command === 'help') return { kind: 'help' }
  if (device !== undefined && !device.split(',').every((one) => DEVICES.test(one.trim())))
    return wrong(`--device: expected auto, cpu, webgpu, cuda or cuda:N, got ${device}`)
  const engine = { ...(model !== undefined && { model }), ...(device !== undefined && { device }) }
  switch (command) {
    case undefined:
    case 'chat':
      return { kind: 'chat', ...engine }
    case 'doctor':
      return { kind: 'doctor' }
    case 'models':
      return modelsWanted(words, revision, precision)
    case 'imagine': {
      const prompt = words.join(' ').trim()
      if (!prompt) return wrong('imagine: expected a prompt, such as imagine "a slice of pizza"')
      const aliases = {
        ...(ar && { aspect: ar }),
        ...(n && { count: n }),
        ...(no && { negative: no }),
        ...(cfg && { guidance: cfg }),
      }
      return { kind: 'imagine', values: { prompt, ...aliases, ...rest }, ...engine, ...(out && { out }), json }
    }
    default:
      return wrong(`expected imagine, chat, models, doctor or help, got ${command}`)
  }
}

function modelsWanted(words: readonly string[], revision?: string, precision?: string): Wanted {
  const [verb, name, ...more] = words
  if (more.length > 0) return wrong(`models ${verb}: expected one name, got also ${more.join(' ')}`)
  if (precision !== undefined && !isPrecision(precision))
    return wrong(`--precision: expected ${PRECISIONS.join(', ')}, got ${precision}`)
  switch (verb) {
    case 'list':
      return { kind: 'models', verb }
    case 'get':
      if (!name) return wrong('models get: expected a name, such as z-image-turbo')
      return { kind: 'models', verb, name, ...(revision && { revision }), ...(precision && { precision }) }
    case 'check':
    case 'remove':
      return name ? { kind: 'models', verb, name } : wrong(`models ${verb}: expected a name that models list shows`)
    case 'prepare':
      if (!name) return wrong('models prepare: expected a name that models list shows')
      return { kind: 'models', verb, name, precision: precision ?? DEFAULT_PRECISION }
    default:
      return wrong(`models: expected get, list, check, prepare or remove, got ${verb ?? 'nothing'}`)
  }
}

function isPrecision(text: string): text is Precision {
  return PRECISIONS.some((precision) => precision === text)
}

function parse(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true })
}

function wrong(message: string): Wanted {
  return { kind: 'error', message }
}
