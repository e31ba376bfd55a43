import type { User } from '@grammyjs/types'
import { afterEach, expect, test } from 'vitest'
import { telegramWords } from '../../src/messages/telegram.ts'
import { startBot, type TestBot } from '../support/telegram/bot.ts'
import { addressOf, echo } from '../support/telegram/posting.ts'
import { otherPoller, tooMany } from '../support/telegram/refusal.ts'
import type { Room } from '../support/telegram/world.ts'

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

test.each([
  ['of an outage', () => bot.telegram.stop(), () => {}],
  [
    'that an earlier run left',
    () => bot.telegram.close(),
    async () => {
      await bot.until(() => bot.memory.unfinished().length === 20)
      await bot.telegram.stop()
    },
  ],
])('between the many updates %s there is room for whatever else is due', async (_, before, after) => {
  bot = await startBot(echo)
  await before()
  for (let i = 0; i < 20; i++) {
    const person = bot.world.addUser(`Ada ${i}`)
    bot.people.say(person, bot.world.privateRoom(person), 'a fox')
  }
  await after()
  let turns = 0
  let turning = setImmediate(function turn() {
    turns++
    turning = setImmediate(turn)
  })
  const handledIn = new Set<number>()
  const note: typeof echo = (incoming) => {
    handledIn.add(turns)
    return echo(incoming)
  }
  const next = await startBot(note, {}, bot)
  await next.hears(20)
  clearImmediate(turning)
  expect(handledIn.size).toBe(20)
  await next.close()
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

const asked: readonly [string, (ada: User, room: Room) => void, string][] = [
  ['words', (ada, room) => bot.people.say(ada, room, 'a fox'), 'imagine: a fox'],
  ['a photo', (ada, room) => bot.people.say(ada, room, '', { photo: Buffer.from('x') }), telegramWords.en.wordsOnly],
  ['a press', (ada, room) => bot.people.press(ada, room.messages.get(1)!, 'again:7'), 'again: 7'],
]
test.each(asked)('an answer to %s that a stop cuts off is given at the next start', async (_, ask, answer) => {
  bot = await startBot(echo)
  const { memory, emulator } = bot
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  await bot.chat.post(addressOf(ada.id), { text: ['done'] }, 'k')
  emulator.faults.plan(
    'sendMessage',
    ...Array.from({ length: 5 }, () => ({ kind: 'refuse', refusal: tooMany(50) }) as const),
  )
  ask(ada, room)
  await bot.until(() => emulator.faults.planned('sendMessage') < 5)
  await bot.telegram.stop()
  expect(memory.unfinished()).toHaveLength(1)

  const next = await startBot(echo, {}, bot)
  const answers = () => [...room.messages.values()].map(({ message }) => message.text)
  await next.until(() => answers().includes(answer))
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
  bot.people.press(ada, room.messages.get(2)!, 'cancel:7')
  await bot.until(() => bot.emulator.updates.waiting() === 0)
  await bot.telegram.stop()
  expect(bot.heard.map(({ incoming }) => incoming.command)).toEqual(['cancel'])

  const next = await startBot(echo, {}, bot)
  const { incoming, shown } = await next.hears(1)
  expect(incoming.text).toBe('a fox')
  await shown
  // The stop cut off the answer to the press: it comes again, too.
  await (await next.hears(2)).shown
  await next.telegram.stop()
  expect(memory.unfinished()).toEqual([])
})

test('what one person says is answered in its order, also what comes while they are answered', async () => {
  const slow = Promise.withResolvers<void>()
  bot = await startBot(async ({ text }) => {
    if (text === 'two') await slow.promise
    return { text: [text!] }
  })
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const texts = () => [...room.messages.values()].flatMap(({ message }) => (message.from?.is_bot ? message.text : []))
  for (const text of ['one', 'two']) bot.people.say(ada, room, text)
  await bot.hears(2)
  bot.people.say(ada, room, 'three')
  const ben = bot.world.addUser('Ben')
  bot.people.say(ben, bot.world.privateRoom(ben), 'four')
  await bot.until(() => bot.emulator.updates.waiting() === 0)
  expect(bot.heard.map(({ incoming }) => incoming.text)).toEqual(['one', 'two', 'four'])
  slow.resolve()
  await bot.until(() => texts().length === 3)
  expect(texts()).toEqual(['one', 'two', 'three'])
})

test('what is being answered when the connection comes anew is answered once', async () => {
  const slow = Promise.withResolvers<void>()
  bot = await startBot(async ({ text }) => {
    if (text === 'a fox') await slow.promise
    return { text: [text!] }
  })
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  bot.people.say(ada, room, 'a fox')
  await bot.hears(1)
  await bot.until(() => bot.emulator.updates.isPolled())
  bot.emulator.updates.expel(otherPoller)
  await bot.until(() => bot.emulator.updates.isPolled())
  slow.resolve()
  bot.people.say(ada, room, 'a wolf')
  await (await bot.hears(2)).shown
  expect(bot.heard.map(({ incoming }) => incoming.text)).toEqual(['a fox', 'a wolf'])
})
