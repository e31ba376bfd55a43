import { existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { readConfig, secretsOf } from '../src/config.ts'
import { createLog } from '../src/log.ts'
import { temporaryFolder } from './support/folder.ts'

const DISCORD = 'marker-discord-token.A/b+c=='
const TELEGRAM = '123456:marker-telegram-token'
const WEBHOOK = 'marker-webhook-secret'

test('no secret reaches the log, whatever it is hidden in', () => {
  const path = join(temporaryFolder(), 'logs', 'zimagine.log')
  const secrets = secretsOf(
    readConfig({
      DISCORD_TOKEN: DISCORD,
      TELEGRAM_TOKEN: TELEGRAM,
      TELEGRAM_WEBHOOK_URL: 'https://bot:marker-hook-password@example.org/hook',
      DISCORD_API_URL: 'https://bot:marker discord password@example.org/api',
      TELEGRAM_WEBHOOK_SECRET: WEBHOOK,
    }),
  )
  let echoed = ''
  const echo = (line: string) => {
    echoed += line
  }
  const log = createLog({ path, echo, level: 'trace', secrets })
  const error = Object.assign(new Error(`POST /bot${TELEGRAM}/sendPhoto failed`, { cause: new Error(DISCORD) }), {
    request: {
      headers: { authorization: `Bot ${DISCORD}` },
      url: new URL(`https://x.org/${encodeURIComponent(DISCORD)}`),
    },
    payload: { url: 'https://bot:marker-hook-password@example.org/hook' },
  })
  log.warn(
    {},
    `https://bot:marker discord password@example.org/api, ${new URL('https://bot:marker discord password@example.org/api')}`,
  )
  log.error({ err: error, job: 7 }, `secret was ${WEBHOOK}`)
  log.info({ nested: { deep: [TELEGRAM, { [DISCORD]: 1 }] }, seen: inspect(error) })
  const text = readFileSync(path, 'utf8')
  expect(text).not.toMatch(/marker/u)
  expect(text).toContain('[secret]')
  expect(echoed).toBe(text)
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toHaveLength(3)
  expect(lines[1]).toMatchObject({ job: 7, level: 50 })
})

test('a token typed with Bot before it is concealed without it, too', () => {
  const path = join(temporaryFolder(), 'zimagine.log')
  createLog({ path, level: 'info', secrets: secretsOf(readConfig({ DISCORD_TOKEN: `Bot ${DISCORD}` })) }).info(DISCORD)
  expect(readFileSync(path, 'utf8')).toContain('"msg":"[secret]"')
})

test('a full log becomes the one before it', () => {
  const path = join(temporaryFolder(), 'zimagine.log')
  createLog({ path, level: 'info', secrets: [] }).info('the first')
  truncateSync(path, 51 * 2 ** 20)
  createLog({ path, level: 'info', secrets: [] }).info('the next')
  expect(readFileSync(`${path}.1`, 'utf8')).toContain('the first')
  expect(readFileSync(path, 'utf8')).toMatch(/^[^\n]*the next[^\n]*\n$/u)
})

test('a log that its owner moved or deleted begins anew, also where its folder went with it', () => {
  const path = join(temporaryFolder(), 'logs', 'zimagine.log')
  const log = createLog({ path, level: 'info', secrets: [] })
  log.info('before')
  renameSync(path, `${path}.taken`)
  log.info('after')
  expect(readFileSync(`${path}.taken`, 'utf8')).not.toContain('after')
  expect(readFileSync(path, 'utf8')).toContain('after')
  rmSync(dirname(path), { recursive: true })
  log.info('later')
  expect(readFileSync(path, 'utf8')).toContain('later')
})

test('where no log can be opened its lines are lost, and nothing else', () => {
  const path = join(temporaryFolder(), 'logs', 'zimagine.log')
  const log = createLog({ path, level: 'info', secrets: [] })
  rmSync(dirname(path), { recursive: true })
  writeFileSync(dirname(path), '')
  expect(() => log.info('no place for this')).not.toThrow()
  expect(existsSync(path)).toBe(false)
})

test('a line that finds no room on the disk is no error of what it tells of', () => {
  const log = createLog({ path: '/dev/full', level: 'info', secrets: [] })
  expect(() => log.info('no room for this')).not.toThrow()
})
