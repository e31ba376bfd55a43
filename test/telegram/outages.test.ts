import { inspect } from 'node:util'
import { Api } from 'grammy'
import { afterEach, expect, test } from 'vitest'
import { redacting } from '../../adapters/telegram/redact.ts'
import type { MessageRef } from '../../src/chat.ts'
import { startBot, type TestBot, TOKEN } from '../support/telegram/bot.ts'
import { createTestMemory } from '../support/telegram/memory.ts'
import { addressOf, codeOf, echo } from '../support/telegram/posting.ts'
import { badRequest, otherPoller, Refusal, tooMany } from '../support/telegram/refusal.ts'

let bot: TestBot
afterEach(() => bot.close())

test('a revoked token raises the alarm, and a good one is taken up by itself', async () => {
  bot = await startBot(echo)
  await bot.until(() => bot.emulator.updates.isPolled())
  bot.emulator.revoke()
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  bot.people.say(ada, room, 'a fox')
  await bot.until(() => bot.telegram.health().detail === 'token-refused')
  expect(bot.logged.some((line) => line.includes('"level":"error"') && line.includes('BotFather'))).toBe(true)
  bot.emulator.restore()
  await bot.hears(1)
  expect(bot.telegram.health().detail).toBe('online')
  expect(bot.logged.filter((line) => line.includes('connected to Telegram'))).toHaveLength(2)
})

test('a second instance is an alarm; when it ends, this one goes on and nothing is lost', async () => {
  bot = await startBot(echo)
  await bot.until(() => bot.emulator.updates.isPolled())
  const poll = () => fetch(`${bot.emulator.url}/bot${TOKEN}/getUpdates?timeout=30`).catch(() => undefined)
  const other = poll()
  await bot.until(() => bot.telegram.health().detail === 'other-instance')
  expect(bot.logged.some((line) => line.includes('one instance per bot'))).toBe(true)
  await other
  const ada = bot.world.addUser('Ada')
  bot.people.say(ada, bot.world.privateRoom(ada), 'a fox')
  expect((await bot.hears(1)).incoming.text).toBe('a fox')
})

test('an instance that stays is asked after ever less often, and is an alarm all the time', async () => {
  bot = await startBot(echo)
  await bot.until(() => bot.emulator.updates.isPolled())
  const states = new Set<string>()
  bot.emulator.faults.plan(
    'getUpdates',
    ...Array.from({ length: 4 }, () => ({ kind: 'refuse', refusal: otherPoller }) as const),
  )
  bot.emulator.updates.expel(otherPoller)
  await bot.until(() => bot.telegram.health().detail === 'other-instance')
  await bot.until(() => {
    states.add(bot.telegram.health().detail)
    return bot.emulator.updates.isPolled()
  })
  const pauses = bot.logged
    .filter((line) => line.includes('one instance per bot'))
    .map((line) => JSON.parse(line).pauseMs)
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000])
  expect([...states]).toEqual(['other-instance'])
})

test('told to wait before it is even connected, it waits as long', async () => {
  bot = await startBot(echo)
  const { emulator, clock } = bot
  await bot.telegram.stop()
  emulator.faults.plan('getMe', { kind: 'refuse', refusal: tooMany(45) })
  const before = clock.now()
  const next = await startBot(echo, {}, bot)
  await next.until(() => emulator.updates.isPolled())
  expect(clock.now() - before).toBeGreaterThanOrEqual(45_000)
  await next.telegram.stop()
})

test('a server that answers with errors only is an outage', async () => {
  bot = await startBot(echo)
  await bot.until(() => bot.emulator.updates.isPolled())
  bot.emulator.updates.expel(new Refusal(502, 'Bad Gateway'))
  await bot.until(() => bot.telegram.health().detail !== 'online')
  expect(bot.telegram.health()).toEqual({ ok: false, detail: 'waiting' })
  expect(bot.logged.filter((line) => line.includes('lost Telegram'))).toHaveLength(1)
})

test('an update whose end cannot be written holds up nobody', async () => {
  const memory = createTestMemory()
  const full = new Set<number>()
  const finish = (id: number) => {
    if (full.add(id).size > 1) return memory.finish(id)
    throw new Error('disk full')
  }
  bot = await startBot(echo, { memory: { ...memory, finish } })
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  bot.people.say(ada, room, 'a fox')
  bot.people.say(ada, room, 'a wolf')
  await (await bot.hears(2)).shown
  await bot.telegram.stop()
  expect(memory.unfinished()).toHaveLength(1)
})

test('a disk that stays full is asked ever less often, and is not said to be an outage of Telegram', async () => {
  const keep = () => {
    throw new Error('database or disk is full')
  }
  bot = await startBot(echo, { memory: { ...createTestMemory(), keep } })
  const ada = bot.world.addUser('Ada')
  bot.people.say(ada, bot.world.privateRoom(ada), 'a fox')
  const told = () => bot.logged.filter((line) => line.includes('disk is full')).map((line) => JSON.parse(line))
  await bot.until(() => told().length === 3)
  expect(told().map(({ pauseMs }) => pauseMs)).toEqual([1000, 2000, 4000])
  expect(told()[0]).toMatchObject({ level: 'error', message: expect.stringContaining('not with Telegram') })
})

test('what Telegram refuses outright is said to be refused', async () => {
  bot = await startBot(echo)
  await bot.telegram.stop()
  bot.emulator.faults.plan('setWebhook', {
    kind: 'refuse',
    refusal: badRequest('bad webhook: HTTPS url must be provided'),
  })
  const webhook = { url: 'http://bot.example', secret: 'some-sixteen-letters', port: 0 }
  const next = await startBot(echo, { webhook }, bot)
  await next.until(() => next.logged.some((line) => line.includes('HTTPS url must be provided')))
  expect(next.logged.at(-1)).toContain('TELEGRAM_WEBHOOK_URL')
  await next.telegram.stop()
})

test('an outage is waited out: what was written meanwhile is answered when Telegram is back', async () => {
  bot = await startBot(echo)
  await bot.until(() => bot.emulator.updates.isPolled())
  await bot.emulator.goDown()
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  bot.people.say(ada, room, 'a fox')
  await bot.emulator.comeBack()
  expect((await bot.until(() => room.messages.get(2))).message.text).toBe('imagine: a fox')
  expect(bot.telegram.health()).toEqual({ ok: true, detail: 'online' })
  expect(bot.logged.filter((line) => line.includes('lost Telegram'))).toHaveLength(1)
})

test('a stop is no outage', async () => {
  bot = await startBot(echo)
  await bot.until(() => bot.emulator.updates.isPolled())
  await bot.telegram.stop()
  expect(bot.logged.filter((line) => line.includes('lost Telegram'))).toEqual([])
})

test('a start during an outage succeeds, and connects when Telegram is there', async () => {
  bot = await startBot(echo)
  const { emulator } = bot
  await bot.telegram.stop()
  await emulator.goDown()
  const warned = Promise.withResolvers<object>()
  const log = { info: () => {}, warn: warned.resolve, error: () => {} }
  const next = await startBot(echo, { log }, bot)
  expect(await warned.promise).toMatchObject({ reason: expect.stringContaining('ECONNREFUSED') })
  expect(next.telegram.health().detail).toBe('waiting')
  await emulator.comeBack()
  await next.until(() => next.telegram.health().detail === 'online')
  await next.telegram.stop()
  expect(next.telegram.health().detail).toBe('stopped')
})

test('a server that hangs: a post is doubtful after its time, an edit comes later, and other chats go on', async () => {
  bot = await startBot(echo, { requestTimeoutSeconds: 1 })
  const [ada, ben] = [bot.world.addUser('Ada'), bot.world.addUser('Ben')]
  bot.world.privateRoom(ada)
  bot.world.privateRoom(ben)
  const ref = await bot.chat.post(addressOf(ada.id), { text: ['queued'] }, '0')
  bot.emulator.faults.plan('sendMessage', { kind: 'hang' })
  bot.emulator.faults.plan('editMessageText', { kind: 'hang' })
  const post = codeOf(bot.chat.post(addressOf(ada.id), { text: ['x'] }, '1'))
  const edit = codeOf(bot.chat.update(ref, { text: ['y'] }))
  await bot.until(() => bot.emulator.faults.planned('sendMessage') === 0)
  await bot.chat.post(addressOf(ben.id), { text: ['z'] }, '2')
  expect(await Promise.all([post, edit])).toEqual(['doubtful', 'later'])
})

test('what grammY throws holds the token; what gets out of its hands does not', async () => {
  bot = await startBot(echo)
  await bot.emulator.goDown()
  const failure = (api: Api) => api.getMe().catch((error: unknown) => inspect(error, { depth: null }))
  const client = { apiRoot: bot.emulator.url }
  const redacted = new Api(TOKEN, client)
  redacted.config.use(redacting(TOKEN))
  expect(await failure(new Api(TOKEN, client))).toContain(TOKEN)
  expect(await failure(redacted)).toContain('ECONNREFUSED')
  expect(await failure(redacted)).not.toContain('marker')
})

test('the token is in no log, error or health, whatever goes wrong', async () => {
  bot = await startBot(echo, { requestTimeoutSeconds: 1 })
  const ada = bot.world.addUser('Ada')
  bot.world.privateRoom(ada)
  const ref: MessageRef = { platform: 'telegram', ref: { chat: ada.id, message: 1 } }
  const errors: unknown[] = []
  const collect = (promise: Promise<unknown>) => promise.catch((error) => errors.push(error))
  for (const kind of ['cut', 'lose-answer', 'hang'] as const) {
    bot.emulator.faults.plan('sendMessage', { kind })
    await collect(bot.chat.post(addressOf(ada.id), { text: ['x'] }, 'k'))
  }
  const echoed = new Refusal(404, `Not Found: /bot${TOKEN}/sendMessage`)
  bot.emulator.faults.plan('sendMessage', { kind: 'refuse', refusal: echoed })
  await collect(bot.chat.post(addressOf(ada.id), { text: ['x'] }, 'k'))
  await collect(
    bot.chat.update(ref, { text: ['x'], pictures: [{ ...(await bot.picture('a.png')), path: 'none.png' }] }),
  )
  bot.people.say(ada, bot.world.privateRoom(ada), '/show', { photo: Buffer.from('x') })
  bot.world.files.clear()
  await bot.hears(1)
  bot.emulator.revoke()
  await bot.until(() => bot.telegram.health().detail === 'token-refused')
  await collect(bot.chat.post(addressOf(ada.id), { text: ['x'] }, 'k'))
  await bot.emulator.goDown()
  await collect(bot.chat.post(addressOf(ada.id), { text: ['x'] }, 'k'))
  await collect(bot.chat.update(ref, { text: ['x'] }))

  expect(errors).toHaveLength(8)
  expect(bot.logged.length).toBeGreaterThan(1)
  const everything = [
    ...bot.logged,
    JSON.stringify([errors, bot.telegram.health()]),
    ...errors.map((error) => inspect(error, { depth: null, showHidden: true })),
    ...errors.map((error) => (error as Error).stack),
  ]
  for (const text of everything) expect(text).not.toContain('marker')
})
