import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { expect, test } from 'vitest'
import { ConfigError, readConfig, VARIABLES } from '../src/config.ts'
import { explainConfig } from '../src/messages/config.ts'

const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8')

function thrown(read: () => unknown): ConfigError {
  try {
    read()
  } catch (error) {
    return error as ConfigError
  }
  throw new Error('expected problems, found none')
}

test('every variable is in .env.example, each under a comment, and no other is', () => {
  expect(Object.keys(parseEnv(example)).sort()).toEqual(Object.keys(VARIABLES.shape).sort())
  const blocks = example.split('\n\n').flatMap((block) => block.split(/(?<=^[A-Z_]+=.*)\n(?=#)/mu))
  for (const block of blocks) expect(block).toMatch(/^#/u)
})

test('.env.example says the defaults', () => {
  expect(readConfig(parseEnv(example))).toEqual(readConfig({}))
})

test('nothing is needed, and an empty variable counts as absent', () => {
  const config = readConfig({ DISCORD_TOKEN: '', CREDITS_PER_DAY: '  ', ADMINS: '' })
  expect(config.discord).toBeUndefined()
  expect(config.telegram).toBeUndefined()
  expect(config.terms.creditsPerDay).toBe(20_000)
  expect(config.admins).toEqual([])
})

test('the language is read as a desktop sets it, too', () => {
  for (const [LANGUAGE, language] of Object.entries({ zh: 'zh', 'zh_CN:zh': 'zh', 'en_US:en': 'en', 'de:en': 'en' })) {
    expect(readConfig({ LANGUAGE }).language).toBe(language)
  }
})

test('all problems are told together, each with its variable', () => {
  const read = () =>
    readConfig({
      DEVICE: 'abacus',
      DEVICES: 'cpu,cuda:x',
      ENGINE_IDLE_MINUTES: 'soon',
      CREDITS_PER_DAY: 'many',
      REFILL_HOUR: '24',
      REFILL_ZONE: 'Mars/Olympus',
      ADMINS: 'discord:1,someone',
      DISCORD_API_URL: 'file:///etc/passwd',
    })
  expect(read).toThrow(ConfigError)
  for (const name of [
    'DEVICE',
    'DEVICES',
    'ENGINE_IDLE_MINUTES',
    'CREDITS_PER_DAY',
    'REFILL_HOUR',
    'REFILL_ZONE',
    'ADMINS',
    'DISCORD_API_URL',
  ]) {
    expect(read).toThrow(new RegExp(`^  ${name}: `, 'mu'))
  }
})

test('a problem of each kind has its sentence, in English and Chinese', () => {
  const env = {
    DATA_DIR: '~/x',
    DEVICES: ',',
    HF_ENDPOINT: 'huggingface.co',
    HF_TOKEN: 'a b',
    DISCORD_TOKEN: 'Bot MTA0…',
    TELEGRAM_TOKEN: '“7000001:AAE”',
    ADMINS: 'ann,bob',
    DISCORD_GUILDS: '12',
    TELEGRAM_WEBHOOK_SECRET: 'short',
    CHATS: 'closed',
    CREDITS_PER_DAY: 'lots',
    MAX_WAITING: '0',
    REFILL_HOUR: '24',
    REFILL_ZONE: 'Mars',
    PICTURE_DAYS: '-1',
  }
  const error = thrown(() => readConfig(env))
  const variables = Object.keys(env)
  expect(error.message.split('\n').map((line) => /^ {2}(\w+): expected [^"<=]+$/u.exec(line)?.[1])).toEqual([
    undefined,
    ...error.problems.map(({ variable }) => variable),
  ])
  expect(error.problems.map(({ variable }) => variable).sort()).toEqual(variables.sort())
  expect(error.message).toMatch(/CHATS: expected open or allowed\n.*MAX_WAITING: expected at least 1$/msu)
  expect(explainConfig(error.problems, 'zh')).not.toMatch(/expected|undefined/u)
})

test('a webhook without its secret is a problem, and a bad secret is not repeated', () => {
  expect(() => readConfig({ TELEGRAM_WEBHOOK_URL: 'https://example.org/hook' })).toThrow(/TELEGRAM_WEBHOOK_SECRET/u)
  expect(() => readConfig({ TELEGRAM_WEBHOOK_SECRET: 'marker!' })).not.toThrow(/marker/u)
})

test('a password in the address of the hub is refused, and not repeated', () => {
  const read = () => readConfig({ HF_ENDPOINT: 'https://user:marker@example.org' })
  expect(read).toThrow(/HF_ENDPOINT: expected no user and password/u)
  expect(read).not.toThrow(/marker/u)
})

test('a path that only a shell understands is a problem', () => {
  expect(() => readConfig({ DATA_DIR: '~/pictures', MODEL: '~/models/z-image-turbo' })).toThrow(
    /DATA_DIR: .*\n.*MODEL: /u,
  )
  expect(readConfig({ DATA_DIR: './~' }).dataDir).toBe('./~')
})

test('a list of devices counts instead of the one device', () => {
  expect(readConfig({ DEVICE: 'cuda:1' }).devices).toEqual([{ device: 'cuda', deviceId: 1 }])
  expect(readConfig({ DEVICE: 'webgpu', DEVICES: 'cuda:0, cuda:1,cpu' }).devices).toEqual([
    { device: 'cuda', deviceId: 0 },
    { device: 'cuda', deviceId: 1 },
    { device: 'cpu' },
  ])
})

test('an admin is an account of Discord or Telegram by its id: a name, or another platform, is a problem', () => {
  for (const ADMINS of ['telegram:@alice', 'discord:bob', 'telegran:123', 'telegram:5,discord:', 'terminal:bob']) {
    expect(() => readConfig({ ADMINS })).toThrow(/^ {2}ADMINS: expected discord: or telegram: and the account's id/mu)
  }
})

test('one port for the webhook and for health is a problem, unless one of them is not used', () => {
  const same = { TELEGRAM_WEBHOOK_PORT: '9464', TELEGRAM_WEBHOOK_SECRET: 'marker-webhook-secret' }
  const webhook = { ...same, TELEGRAM_WEBHOOK_URL: 'https://example.org/hook' }
  expect(() => readConfig(webhook)).toThrow(/^ {2}TELEGRAM_WEBHOOK_PORT: .*HEALTH_PORT/mu)
  expect(() => readConfig(same)).not.toThrow()
  expect(() => readConfig({ ...webhook, TELEGRAM_WEBHOOK_PORT: '0', HEALTH_PORT: '0' })).not.toThrow()
})

test('ids of admins stay text', () => {
  expect(readConfig({ ADMINS: 'discord:123456789012345678, telegram:5' }).admins).toEqual([
    { platform: 'discord', account: '123456789012345678' },
    { platform: 'telegram', account: '5' },
  ])
  expect(readConfig({ ADMINS: 'discord：1，telegram：５' }).admins).toEqual(
    readConfig({ ADMINS: 'discord:1,telegram:5' }).admins,
  )
})
