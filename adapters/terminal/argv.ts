import { parseArgs } from 'node:util'

/** What somebody who starts the program wants of it. */
export type Wanted =
  | ImagineOnce
  | { readonly kind: 'chat'; readonly model?: string; readonly device?: string }
  | { readonly kind: 'doctor' }
  | { readonly kind: 'help' }
  /** `message` is for standard error; the exit status is 1. */
  | { readonly kind: 'error'; readonly message: string }

export interface ImagineOnce {
  readonly kind: 'imagine'
  /** The values of `/imagine` by name; it checks them itself. */
  readonly values: Readonly<Record<string, string | boolean>>
  /** A folder of a checkpoint, instead of the configured one. */
  readonly model?: string
  readonly device?: string
  /** Where the PNG is copied to: a name that ends in `.png`, or a folder. */
  readonly out?: string
  /** One JSON object a line instead of words. */
  readonly json: boolean
}

export const USAGE = `npm start                             a chat here, or the bot where Discord or Telegram is configured
npm start -- imagine "a slice of pizza"   one picture
npm start -- doctor                   checks the database

Settings of imagine:
  --seed N        the same seed draws the same picture again
  --size WxH      two multiples of 16, such as 128x128
  --aspect W:H    a shape instead of a size (also --ar)
  --steps N       more steps take longer
  --count N       how many pictures (also --n)
  --negative "…"  what should not be in it (also --no)
  --guidance N    how strictly to follow the words
  --style NAME    a way to draw
  --vary N        how far to wander from the usual picture, 0 to 100
  --out PATH      copy the PNG there: a name ending in .png, or a folder
  --json          one JSON object a picture
  --model DIR     another checkpoint
  --device NAME   auto, cpu, webgpu, cuda or cuda:N; several with commas between`

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
  style: text,
  vary: text,
  model: text,
  device: text,
  out: text,
  json: { type: 'boolean' },
  private: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const DEVICES = /^(auto|cpu|webgpu|cuda(:\d{1,2})?)$/u

/** Reads what stands after the program's name. Pure: nothing is started, nothing printed. */
export function parseArgv(argv: readonly string[]): Wanted {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(argv)
  } catch (error) {
    return wrong((error as Error).message.split('\n', 1)[0]!.replace(/\. To specify.*/u, ''))
  }
  const { model, device, out, json = false, help, ar, n, no, ...rest } = parsed.values
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
    case 'imagine': {
      const prompt = words.join(' ').trim()
      if (!prompt) return wrong('imagine: expected a prompt, such as imagine "a slice of pizza"')
      const aliases = { ...(ar && { aspect: ar }), ...(n && { count: n }), ...(no && { negative: no }) }
      return { kind: 'imagine', values: { prompt, ...aliases, ...rest }, ...engine, ...(out && { out }), json }
    }
    default:
      return wrong(`expected imagine, chat, doctor or help, got ${command}`)
  }
}

function parse(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true })
}

function wrong(message: string): Wanted {
  return { kind: 'error', message }
}
