import { afterEach, expect, test } from 'vitest'
import { startBot, type TestBot } from '../support/telegram/bot.ts'
import { createTestMemory } from '../support/telegram/memory.ts'
import { echo } from '../support/telegram/posting.ts'
import { tooMany } from '../support/telegram/refusal.ts'

let bot: TestBot
afterEach(() => bot.close())

test('each scope and language has its own commands, sent only when they changed', async () => {
  bot = await startBot(echo)
  const [ada, ben] = [bot.world.addUser('Ada', 'zh-hans'), bot.world.addUser('Ben', 'de')]
  const group = bot.people.group(-500, { members: [ada], admins: [ben] })
  await bot.until(() => bot.emulator.callsOf('setMyCommands').length === 8)
  const names = (user = ada, room = bot.world.privateRoom(user)) =>
    bot.emulator.menus.seenBy(user, room).map(({ command }) => command)
  expect(names()).toEqual(['imagine', 'help', 'show'])
  expect(names(ada, group)).toEqual(['imagine', 'help', 'show'])
  expect(names(ben, group)).toEqual(['imagine', 'help', 'show', 'moderate'])
  expect(bot.emulator.menus.seenBy(ada, group)[0]!.description).toBe('执行 imagine')
  expect(bot.emulator.menus.seenBy(ben, group)[0]!.description).toBe('does imagine')

  const { emulator } = bot
  bot.world.privateRoom(ben)
  await bot.telegram.stop()
  const again = await startBot(echo, { owners: [String(ben.id)] }, bot)
  await bot.until(() => emulator.callsOf('setMyCommands').length === 10)
  expect(emulator.menus.seenBy(ben, bot.world.privateRoom(ben)).map(({ command }) => command)).toContain('admin')
  await again.telegram.stop()
})

test('another bot over the same data has its commands, too', async () => {
  bot = await startBot(echo)
  const { emulator, world } = bot
  await bot.until(() => emulator.callsOf('setMyCommands').length === 8)
  await bot.telegram.stop()
  world.me.id++
  const other = await startBot(echo, {}, bot)
  await bot.until(() => emulator.callsOf('setMyCommands').length === 16)
  await other.telegram.stop()
})

test('a list of commands that comes too soon for Telegram is sent again when it says', async () => {
  bot = await startBot(echo)
  await bot.telegram.stop()
  const { emulator } = bot
  const before = emulator.callsOf('setMyCommands').length
  emulator.faults.plan('setMyCommands', { kind: 'refuse', refusal: tooMany(7) })
  const startedAt = bot.clock.now()
  const next = await startBot(echo, { memory: createTestMemory() }, bot)
  const ada = next.world.addUser('Ada')
  const room = next.world.privateRoom(ada)
  await next.until(() => emulator.callsOf('setMyCommands').length === before + 8)
  expect(bot.clock.now() - startedAt).toBeGreaterThanOrEqual(7000)
  expect(emulator.faults.planned('setMyCommands')).toBe(0)
  expect(emulator.menus.seenBy(ada, room)).toHaveLength(3)
  await next.telegram.stop()
})

test('a list of commands that was lost on the way is sent again', async () => {
  bot = await startBot(echo)
  await bot.telegram.stop()
  const { emulator } = bot
  const before = emulator.callsOf('setMyCommands').length
  emulator.faults.plan('setMyCommands', { kind: 'cut' })
  const next = await startBot(echo, { memory: createTestMemory() }, bot)
  await next.until(() => emulator.callsOf('setMyCommands').length === before + 8)
  expect(emulator.faults.planned('setMyCommands')).toBe(0)
  await next.telegram.stop()
})

test('an owner sees all commands from the moment they write to the bot', async () => {
  bot = await startBot(echo, { owners: ['1000'] })
  await bot.until(() => bot.emulator.callsOf('setMyCommands').length === 10)
  const [ada, ben] = [bot.world.addUser('Ada'), bot.world.addUser('Ben')]
  const [room, other] = [bot.world.privateRoom(ada), bot.world.privateRoom(ben)]
  bot.people.say(ben, other, '/start')
  await bot.until(() => other.messages.get(2))
  bot.people.say(ada, room, '/start')
  await bot.until(() => room.messages.get(2))
  await bot.until(() => bot.emulator.callsOf('setMyCommands').length >= 12)
  expect(bot.emulator.callsOf('setMyCommands')).toHaveLength(12)
  expect(bot.emulator.menus.seenBy(ada, room).map(({ command }) => command)).toContain('admin')
})

test('who no longer runs the bot sees the admin commands no more', async () => {
  bot = await startBot(echo, { owners: ['1000'] })
  const { emulator, world } = bot
  const ada = world.addUser('Ada')
  const room = world.privateRoom(ada)
  bot.people.say(ada, room, '/start')
  const seen = () => emulator.menus.seenBy(ada, room).map(({ command }) => command)
  await bot.until(() => seen().includes('admin'))
  await bot.until(() => emulator.menus.seenBy({ ...ada, language_code: 'zh' }, room)[0]?.description === '执行 imagine')
  await bot.telegram.stop()
  const next = await startBot(echo, {}, bot)
  await next.until(() => !seen().includes('admin'))
  expect(seen()).toContain('imagine')
  await next.telegram.stop()
})
