import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startBot, type TestBot, TOKEN } from '../support/telegram/bot.ts'
import { startEmulator } from '../support/telegram/emulator.ts'
import { createHurry } from '../support/telegram/hurry.ts'
import { createTestMemory, type TestMemory } from '../support/telegram/memory.ts'
import { echo } from '../support/telegram/posting.ts'
import { tooMany } from '../support/telegram/refusal.ts'

let bot: TestBot
let port: number
beforeEach(async () => {
  port = await freePort()
})
afterEach(() => bot.close())

const secret = 'a-secret_for-the-webhook'
const webhook = () => ({ url: `http://127.0.0.1:${port}/telegram/updates`, secret, port })

/** Its disk has no room for the first update. */
function fullAtFirst(memory: TestMemory): TestMemory {
  let isFull = true
  return {
    ...memory,
    keep(...kept) {
      if (!isFull) return memory.keep(...kept)
      isFull = false
      throw new Error('disk full')
    },
  }
}

test('updates come by the webhook, are kept and acknowledged at once, and are answered once', async () => {
  bot = await startBot(echo, { webhook: webhook() })
  await bot.until(() => bot.emulator.callsOf('setWebhook').length === 1)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  bot.people.say(ada, room, 'a fox')
  const [update] = bot.emulator.updates.peek()
  await (await bot.hears(1)).shown
  bot.emulator.updates.repeat(update!)
  bot.people.say(ada, room, 'a wolf')
  await bot.hears(2)
  await bot.until(() => bot.emulator.updates.deliveries.length === 3)
  expect(bot.emulator.updates.deliveries.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(bot.heard.map(({ incoming }) => incoming.text)).toEqual(['a fox', 'a wolf'])
  expect(bot.emulator.callsOf('setWebhook')[0]).toMatchObject({
    secret_token: secret,
    allowed_updates: ['message', 'callback_query', 'inline_query'],
  })
  await bot.telegram.stop()
  await expect(fetch(webhook().url)).rejects.toThrow()
})

test('a webhook that Telegram cannot be told of at first is told of later, and is the same', async () => {
  const clock = createHurry()
  const emulator = await startEmulator({ token: TOKEN, now: clock.now })
  emulator.faults.plan('getWebhookInfo', { kind: 'refuse', refusal: tooMany(1) })
  bot = await startBot(echo, { webhook: webhook() }, { emulator, clock, memory: createTestMemory() })
  await bot.until(() => emulator.callsOf('setWebhook').length === 1)
  const ada = bot.world.addUser('Ada')
  bot.people.say(ada, bot.world.privateRoom(ada), 'a fox')
  expect((await bot.hears(1)).incoming.text).toBe('a fox')
})

test('an address with a question mark in it is the whole of it', async () => {
  const { url, ...rest } = webhook()
  bot = await startBot(echo, { webhook: { ...rest, url: `${url}?bot=1` } })
  await bot.until(() => bot.emulator.callsOf('setWebhook').length === 1)
  const ada = bot.world.addUser('Ada')
  bot.people.say(ada, bot.world.privateRoom(ada), 'a fox')
  await bot.until(() => bot.emulator.updates.deliveries.length === 1)
  expect(bot.emulator.updates.deliveries[0]!.status).toBe(200)
})

test('an update that cannot be kept is not acknowledged, and Telegram sends it again', async () => {
  const memory = createTestMemory()
  bot = await startBot(echo, { webhook: webhook(), memory: fullAtFirst(memory) })
  await bot.until(() => bot.emulator.callsOf('setWebhook').length === 1)
  const ada = bot.world.addUser('Ada')
  bot.people.say(ada, bot.world.privateRoom(ada), 'a fox')
  expect((await bot.hears(1)).incoming.text).toBe('a fox')
  await bot.until(() => bot.emulator.updates.deliveries.length === 2)
  expect(bot.emulator.updates.deliveries.map(({ status }) => status)).toEqual([500, 200])
})

test('an update that makes no sense is logged and done with, and the next one is answered', async () => {
  bot = await startBot(echo, { webhook: webhook() })
  await bot.until(() => bot.emulator.callsOf('setWebhook').length === 1)
  bot.emulator.updates.add({ message: {} as never })
  const ada = bot.world.addUser('Ada')
  bot.people.say(ada, bot.world.privateRoom(ada), 'a fox')
  await (await bot.hears(1)).shown
  await bot.until(() => bot.memory.unfinished().length === 0)
  expect(bot.logged.filter((line) => line.includes('could not be handled'))).toHaveLength(1)
})

test('a forged call, a foreign path, nonsense and too much of it are refused, and nothing comes of them', async () => {
  bot = await startBot(echo, { webhook: webhook() })
  await bot.until(() => bot.emulator.callsOf('setWebhook').length === 1)
  const { url } = webhook()
  const update = JSON.stringify({ update_id: 1, message: { message_id: 1, date: 1, text: 'forged' } })
  const call = async (to: string, headers: Record<string, string>, body: string, method = 'POST') => {
    const init = method === 'POST' ? { method, headers, body } : { method, headers }
    return (await fetch(to, init)).status
  }
  const known = { 'x-telegram-bot-api-secret-token': secret }
  expect(await call(url, {}, update)).toBe(401)
  expect(await call(url, { 'x-telegram-bot-api-secret-token': `${secret}x` }, update)).toBe(401)
  expect(await call(url.replace('updates', 'other'), known, update)).toBe(404)
  expect(await call(url, known, '', 'GET')).toBe(404)
  expect(await call(url, known, 'nonsense')).toBe(400)
  expect(await call(url, known, '{"update_id":"1"}')).toBe(400)
  expect(await call(url, known, ' '.repeat(1_000_001))).toBe(413)
  expect(bot.memory.unfinished()).toEqual([])
  expect(bot.heard).toEqual([])
})

/** Telegram, and a clock whose checks of the webhook come when they are called. */
async function checking() {
  const hurry = createHurry()
  const emulator = await startEmulator({ token: TOKEN, now: hurry.now })
  const checks: (() => void)[] = []
  const after = (ms: number, call: () => void) => {
    if (ms > 60_000) checks.push(call)
    emulator.world.changed()
    return hurry.after(ms, call)
  }
  return { hurry, emulator, checks, clock: { ...hurry, after } }
}

test('an update that came at the second try is no alarm', async () => {
  const { emulator, checks, clock } = await checking()
  const memory = createTestMemory()
  bot = await startBot(echo, { webhook: webhook(), memory: fullAtFirst(memory) }, { emulator, clock, memory })
  await bot.until(() => checks.length === 1)
  const ada = bot.world.addUser('Ada')
  bot.people.say(ada, bot.world.privateRoom(ada), 'a fox')
  await bot.until(() => emulator.updates.deliveries.length === 2)
  checks[0]!()
  await bot.until(() => checks.length === 2)
  expect(bot.telegram.health().detail).toBe('online')
})

test('a webhook that Telegram cannot reach is an alarm, until it can', async () => {
  const { hurry, emulator, checks, clock } = await checking()
  const wrong = { ...webhook(), url: `http://127.0.0.1:${await freePort()}/telegram/updates` }
  bot = await startBot(echo, { webhook: wrong }, { emulator, clock, memory: createTestMemory() })
  await bot.until(() => checks.length === 1)
  expect(bot.telegram.health().detail).toBe('online')
  const ada = bot.world.addUser('Ada')
  bot.people.say(ada, bot.world.privateRoom(ada), 'a fox')
  await bot.until(() => emulator.updates.deliveries.length > 0)
  checks[0]!()
  await bot.until(() => checks.length === 2)
  expect(bot.telegram.health().detail).toBe('waiting')
  expect(bot.logged.at(-1)).toContain('Connection refused')
  const tried = emulator.updates.deliveries.length
  bot.people.say(ada, bot.world.privateRoom(ada), 'a fox')
  await bot.until(() => emulator.updates.deliveries.length > tried)
  checks[1]!()
  await bot.until(() => checks.length === 3)
  expect(bot.telegram.health().detail).toBe('waiting')
  expect(bot.logged.filter((line) => line.includes('connected to Telegram'))).toHaveLength(1)
  hurry.advance(300_000)
})

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
