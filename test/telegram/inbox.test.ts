import { afterEach, expect, test } from 'vitest'
import { startBot, type TestBot } from '../support/telegram/bot.ts'
import { addressOf, echo } from '../support/telegram/posting.ts'
import { tooMany } from '../support/telegram/refusal.ts'

let bot: TestBot
afterEach(() => bot.close())

test('an update that comes twice is answered once', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const { updates } = bot.emulator
  await bot.until(() => updates.isPolled())
  bot.people.say(ada, room, 'a fox')
  const [update] = updates.peek()
  await (await bot.hears(1)).shown
  updates.repeat(update!)
  bot.people.say(ada, room, 'a wolf')
  await bot.until(() => [...room.messages.values()].some(({ message }) => message.text === 'imagine: a wolf'))
  expect(bot.heard.map(({ incoming }) => incoming.text)).toEqual(['a fox', 'a wolf'])
})

test('of a batch that is cut in the middle, what was not kept comes again', async () => {
  const keep = new Map<number, number>()
  bot = await startBot(echo)
  const { memory, emulator } = bot
  await bot.telegram.stop()
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  for (const text of ['one', 'two', 'three']) bot.people.say(ada, room, text)
  const flaky = {
    ...memory,
    keep(id: number, update: never) {
      const tries = (keep.get(id) ?? 0) + 1
      keep.set(id, tries)
      if (keep.size === 2 && tries === 1) throw new Error('disk full')
      return memory.keep(id, update)
    },
  }
  const next = await startBot(echo, { memory: flaky }, bot)
  await next.hears(3)
  expect(next.heard.map(({ incoming }) => incoming.text)).toEqual(['one', 'two', 'three'])
  expect([...keep.values()]).toEqual([2, 2, 1])
  await next.until(() => emulator.updates.waiting() === 0)
  await next.telegram.stop()
})

test('what was kept before a kill is handled at the next start, under the same key', async () => {
  bot = await startBot(echo)
  const { memory, emulator } = bot
  await bot.telegram.stop()
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  bot.people.say(ada, room, 'a fox')
  const [update] = emulator.updates.peek()
  memory.keep(update!.update_id, update as never)

  const next = await startBot(echo, {}, bot)
  expect((await next.hears(1)).incoming).toMatchObject({ key: `telegram:${update!.update_id}`, text: 'a fox' })
  await next.until(() => room.messages.get(2))
  await next.telegram.stop()
  expect(next.heard).toHaveLength(1)
  expect(memory.unfinished()).toEqual([])
})

test('an answer that a stop cuts off is given at the next start', async () => {
  bot = await startBot(echo)
  const { memory, emulator } = bot
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  emulator.faults.plan(
    'sendMessage',
    ...Array.from({ length: 5 }, () => ({ kind: 'refuse', refusal: tooMany(50) }) as const),
  )
  bot.people.say(ada, room, 'a fox')
  await bot.hears(1)
  await bot.telegram.stop()
  expect(memory.unfinished()).toHaveLength(1)

  const next = await startBot(echo, {}, bot)
  expect((await next.until(() => room.messages.get(2))).message.text).toBe('imagine: a fox')
  await next.telegram.stop()
  expect(memory.unfinished()).toEqual([])
})

test('what people write while the house closes is answered at the next start; what runs is told all the same', async () => {
  bot = await startBot(echo)
  const { memory } = bot
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  await bot.until(() => bot.emulator.updates.isPolled())
  bot.telegram.close()
  bot.people.say(ada, room, 'a fox')
  await bot.chat.post(addressOf(ada.id), { text: ['the picture before'] }, 'k')
  await bot.until(() => bot.emulator.updates.waiting() === 0)
  await bot.telegram.stop()
  expect(bot.heard).toEqual([])

  const next = await startBot(echo, {}, bot)
  const { incoming, shown } = await next.hears(1)
  expect(incoming.text).toBe('a fox')
  await shown
  await next.telegram.stop()
  expect(memory.unfinished()).toEqual([])
})
