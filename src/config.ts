import { z } from 'zod'
import type { Device } from '../engine/engine.ts'
import { type ConfigProblem, explainConfig } from './messages/config.ts'
import { type Language, languageOf } from './messages/language.ts'
import type { Terms } from './quota.ts'

export interface Config {
  /** The one folder for database, pictures and logs. */
  readonly dataDir: string
  readonly modelDir: string
  /** One engine each; at least one. */
  readonly devices: readonly WantedDevice[]
  /** So long without work, and an engine unloads the model. 0: never. */
  readonly engineIdleMs: number
  /** Of a GPU that does not tell how much it has. */
  readonly deviceMemoryBytes: number | undefined
  readonly admins: readonly { readonly platform: string; readonly account: string }[]
  readonly discord: DiscordConfig | undefined
  readonly telegram: TelegramConfig | undefined
  /** For people whose platform says nothing. */
  readonly language: Language
  /** `allowed`: only chats that an admin allowed may ask for pictures. */
  readonly chats: 'open' | 'allowed'
  /** What holds where no rule says otherwise. */
  readonly terms: Terms
  readonly refill: { readonly hour: number; readonly zone: string }
  /** Most jobs waiting, in the house and in one chat. */
  readonly maxWaiting: { readonly house: number; readonly chat: number }
  /** Days after which pictures and prompts go; 0 is never. */
  readonly retention: { readonly pictureDays: number; readonly promptDays: number }
  readonly disk: { readonly maxPictureBytes: number; readonly minFreeBytes: number }
  /** 0 is off. */
  readonly healthPort: number
  readonly logLevel: LogLevel
  /** Where models are fetched from. */
  readonly hub: HubConfig
}

interface HubConfig {
  readonly endpoint: string
  readonly token: string | undefined
}

export interface WantedDevice {
  readonly device: Device | 'auto'
  /** Which of several such devices. */
  readonly deviceId?: number
}

interface DiscordConfig {
  readonly token: string
  readonly apiUrl: string | undefined
  /** Commands are registered in these servers only (for development); without any, everywhere. */
  readonly guilds: readonly string[]
}

interface TelegramConfig {
  readonly token: string
  readonly apiUrl: string | undefined
  readonly webhook: { readonly url: string; readonly secret: string; readonly port: number } | undefined
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Says everything that is wrong with the environment, a line a variable. Never repeats a secret's value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super(explainConfig(problems, 'en'), options)
    this.problems = problems
  }
}

/** Problems that are told by the variable's name alone: as zod's message stands their code. */
type PlainCode = {
  [Code in ConfigProblem['code']]: { code: Code; variable: string } extends Extract<ConfigProblem, { code: Code }>
    ? Code
    : never
}[ConfigProblem['code']]
const expected = (code: PlainCode): string => code

const MEBIBYTE = 2 ** 20
const MINUTE_MS = 60_000
// Node's timers take 24 days at most; a week without a picture is long enough.
const MAX_IDLE_MINUTES = 7 * 24 * 60

const whole = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^\d{1,15}$/u, expected('whole'))
    .transform(Number)
    .pipe(z.number().min(min).max(max))
const port = whole(0, 65_535)
// It would be a folder of that name, until somebody removes it with `rm -r ~`.
const path = z.string().regex(/^(?!~)/u, expected('path'))
const url = z.url({ protocol: /^https?$/u, error: expected('url') })
// Node's fetch takes no others, and repeats them in its message.
const withoutPassword = url.refine((text) => userInfo(text) === undefined, expected('no-password'))
// One with a curly quote, a space or the … of an example would only be refused by its platform, again and again.
const token = z.string().regex(/^[\x21-\x7e]+$/u, expected('token'))
// Chinese keyboards write commas and colons of their own.
const list = z.string().transform((text) =>
  text
    .normalize('NFKC')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)

const device = z
  .string()
  .regex(/^(auto|cpu|webgpu|cuda(:\d{1,2})?)$/u, expected('device'))
  .transform(readDevice)

/** Every variable there is. `.env.example` tells the same ones to people. */
export const VARIABLES = z.object({
  DATA_DIR: path.default('data'),
  MODEL: path.default('models/default'),
  DEVICE: device.default({ device: 'auto' }),
  DEVICES: list
    .refine((names) => names.length > 0, expected('devices'))
    .pipe(z.array(device))
    .optional(),
  DEVICE_MEMORY_MB: whole(1).optional(),
  ENGINE_IDLE_MINUTES: whole(0, MAX_IDLE_MINUTES).default(0),
  HF_ENDPOINT: withoutPassword.default('https://huggingface.co'),
  HF_TOKEN: token.optional(),
  ADMINS: list
    .pipe(z.array(z.string().regex(/^((discord|telegram):\d{1,20}|terminal:owner)$/u, expected('admins'))))
    .default([]),
  DISCORD_TOKEN: z
    .string()
    // Some put before it what stands before it in a request.
    .transform((text) => text.replace(/^Bot\s+/iu, ''))
    .pipe(token)
    .optional(),
  DISCORD_API_URL: url.optional(),
  DISCORD_GUILDS: list.pipe(z.array(z.string().regex(/^\d{17,20}$/u, expected('servers')))).default([]),
  TELEGRAM_TOKEN: token.optional(),
  TELEGRAM_API_URL: url.optional(),
  TELEGRAM_WEBHOOK_URL: url.optional(),
  TELEGRAM_WEBHOOK_SECRET: z
    .string()
    .regex(/^[\w-]{16,256}$/u, expected('secret'))
    .optional(),
  TELEGRAM_WEBHOOK_PORT: port.default(8443),
  // Desktops set it too, to a list such as `de_DE:de`: what we do not speak must not keep the bot from starting.
  LANGUAGE: z
    .string()
    .default('en')
    .transform((tags) => languageOf(tags) ?? 'en'),
  CHATS: z.enum(['open', 'allowed']).default('open'),
  CREDITS_PER_DAY: z
    .string()
    .regex(/^\d{1,9}(\.\d{1,3})?$/u, expected('decimals'))
    .transform((text) => Math.round(Number(text) * 1000))
    .default(20_000),
  MAX_WAITING: whole(1).default(8),
  MAX_WAITING_CHAT: whole(1).default(100),
  MAX_WAITING_HOUSE: whole(1).default(1000),
  MAX_PIXELS: whole(256).default(2048 * 2048),
  MAX_STEPS: whole(1).default(100),
  REFILL_HOUR: whole(0, 23).default(0),
  REFILL_ZONE: z.string().refine(isZone, expected('zone')).default('UTC'),
  PICTURE_DAYS: whole(0, 36_500).default(30),
  PROMPT_DAYS: whole(0, 36_500).default(365),
  DISK_LIMIT_MB: whole(1).default(10_240),
  DISK_FREE_MB: whole(0).default(512),
  HEALTH_PORT: port.default(9464),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
})

/** Throws a `ConfigError` that tells all problems together, one a variable. An empty variable counts as absent. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value?.trim() || undefined]))
  const parsed = VARIABLES.safeParse(given)
  const problems = parsed.success
    ? []
    : [...new Map(parsed.error.issues.map(problemOf).map((problem) => [problem.variable, problem])).values()]
  if (given.TELEGRAM_WEBHOOK_URL && !given.TELEGRAM_WEBHOOK_SECRET) {
    problems.push({ code: 'needed-with', variable: 'TELEGRAM_WEBHOOK_SECRET', other: 'TELEGRAM_WEBHOOK_URL' })
  }
  if (parsed.success) {
    const { TELEGRAM_WEBHOOK_URL, TELEGRAM_WEBHOOK_PORT, HEALTH_PORT } = parsed.data
    if (TELEGRAM_WEBHOOK_URL && HEALTH_PORT !== 0 && TELEGRAM_WEBHOOK_PORT === HEALTH_PORT) {
      problems.push({ code: 'other-than', variable: 'TELEGRAM_WEBHOOK_PORT', other: 'HEALTH_PORT', port: HEALTH_PORT })
    }
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  return configOf(parsed.data)
}

function configOf(e: z.output<typeof VARIABLES>): Config {
  return {
    dataDir: e.DATA_DIR,
    modelDir: e.MODEL,
    devices: e.DEVICES ?? [e.DEVICE],
    deviceMemoryBytes: e.DEVICE_MEMORY_MB === undefined ? undefined : e.DEVICE_MEMORY_MB * MEBIBYTE,
    engineIdleMs: e.ENGINE_IDLE_MINUTES * MINUTE_MS,
    admins: e.ADMINS.map((admin) => {
      const colon = admin.indexOf(':')
      return { platform: admin.slice(0, colon), account: admin.slice(colon + 1) }
    }),
    discord: e.DISCORD_TOKEN
      ? { token: e.DISCORD_TOKEN, apiUrl: e.DISCORD_API_URL, guilds: e.DISCORD_GUILDS }
      : undefined,
    telegram: e.TELEGRAM_TOKEN
      ? {
          token: e.TELEGRAM_TOKEN,
          apiUrl: e.TELEGRAM_API_URL,
          webhook: e.TELEGRAM_WEBHOOK_URL
            ? { url: e.TELEGRAM_WEBHOOK_URL, secret: e.TELEGRAM_WEBHOOK_SECRET!, port: e.TELEGRAM_WEBHOOK_PORT }
            : undefined,
        }
      : undefined,
    language: e.LANGUAGE,
    chats: e.CHATS,
    terms: {
      creditsPerDay: e.CREDITS_PER_DAY,
      maxWaiting: e.MAX_WAITING,
      maxPixels: e.MAX_PIXELS,
      maxSteps: e.MAX_STEPS,
      unlimited: false,
      weight: 1,
      priority: 0,
    },
    refill: { hour: e.REFILL_HOUR, zone: e.REFILL_ZONE },
    maxWaiting: { house: e.MAX_WAITING_HOUSE, chat: e.MAX_WAITING_CHAT },
    retention: { pictureDays: e.PICTURE_DAYS, promptDays: e.PROMPT_DAYS },
    disk: { maxPictureBytes: e.DISK_LIMIT_MB * MEBIBYTE, minFreeBytes: e.DISK_FREE_MB * MEBIBYTE },
    healthPort: e.HEALTH_PORT,
    logLevel: e.LOG_LEVEL,
    hub: { endpoint: e.HF_ENDPOINT, token: e.HF_TOKEN },
  }
}

function problemOf(issue: z.core.$ZodIssue): ConfigProblem {
  const variable = String(issue.path[0])
  switch (issue.code) {
    case 'too_small':
      return { code: 'at-least', variable, min: Number(issue.minimum) }
    case 'too_big':
      return { code: 'at-most', variable, max: Number(issue.maximum) }
    case 'invalid_value':
      return { code: 'one-of', variable, choices: issue.values.map(String) }
    default:
      return { code: issue.message as PlainCode, variable }
  }
}

/** What must never be seen in a log or a message. */
export function secretsOf({ discord, telegram, hub }: Config): string[] {
  const urls = [discord?.apiUrl, telegram?.apiUrl, telegram?.webhook?.url].filter((address) => address !== undefined)
  // As it was typed and as libraries write it.
  const users = urls.flatMap((address) => [userInfo(address), userInfo(new URL(address).href)])
  return [discord?.token, telegram?.token, telegram?.webhook?.secret, hub.token, ...users].filter(
    (secret) => secret !== undefined,
  )
}

/** `user:password@` in a URL that has one. */
function userInfo(address: string): string | undefined {
  return /^\w+:\/\/([^/?#]*@)/u.exec(address)?.[1]
}

function readDevice(text: string): WantedDevice {
  const [device, id] = text.split(':') as [WantedDevice['device'], string?]
  return { device, ...(id !== undefined && { deviceId: Number(id) }) }
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
