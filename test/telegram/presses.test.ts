import { afterEach, expect, test } from 'vitest'
import type { View } from '../../src/chat.ts'
import { LANGUAGES } from '../../src/messages/language.ts'
import { messagesIn } from '../../src/messages/messages.ts'
import { startBot, type TestBot } from '../support/telegram/bot.ts'
import { addressOf } from '../support/telegram/posting.ts'

let bot: TestBot
afterEach(() => bot.close())

test('a press is answered once and first; a word on the side is a toast of at most 200', async () => {
  const views: View[] = [
    { kind: 'notice', text: ['x'.repeat(300)] },
    { kind: 'replace', text: ['page 2'] },
    { text: ['queued'] },
  ]
  bot = await startBot(() => views.shift()!)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  await bot.chat.post(addressOf(ada.id), { text: ['page 1'] }, 'k')
  const page = room.messages.get(1)!
  const queries: string[] = []
  for (let n = 1; n <= 3; n++) {
    queries.push(bot.people.press(ada, page, 'history:2'))
    await (await bot.hears(n)).shown
  }
  expect(bot.world.toasts).toEqual([expect.objectContaining({ text: `${'x'.repeat(199)}…`, alert: true })])
  expect(page.message.text).toBe('page 2')
  expect(room.messages.get(2)!.message.text).toBe('queued')
  expect(queries.every(bot.emulator.queries.isAnswered)).toBe(true)
  const methods = bot.emulator.calls.map(({ method }) => method).filter((method) => /answer|edit|send/.test(method))
  expect(methods.slice(1)).toEqual([
    'answerCallbackQuery',
    ...['answerCallbackQuery', 'editMessageText'],
    ...['answerCallbackQuery', 'sendMessage'],
  ])
  expect(bot.heard[0]!.incoming).toMatchObject({ command: 'history', text: '2', pressed: { ref: { message: 1 } } })
})

test('a press waits for nothing else that is being answered in its chat', async () => {
  const slow = Promise.withResolvers<View>()
  bot = await startBot(({ text }) => (text === 'slow' ? slow.promise : { kind: 'notice', text: ['saved'] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  await bot.chat.post(addressOf(ada.id), { text: ['done'] }, 'k')
  bot.people.say(ada, room, 'slow')
  bot.people.press(ada, room.messages.get(1)!, 'again:slow')
  bot.people.press(ada, room.messages.get(1)!, 'save:1')
  await bot.until(() => bot.world.toasts.length === 1)
  slow.resolve({ text: ['in line'] })
})

test.each(LANGUAGES)('what ⭐ and Cancel say in %s goes by itself: nobody has to close it', async (language) => {
  const { save, cancel } = messagesIn(language)
  const words = [
    save.done(12_345, true),
    save.done(12_345, false),
    cancel.done(12_345, true),
    cancel.done(12_345, false),
  ]
  const views = words.map((text): View => ({ kind: 'notice', text }))
  bot = await startBot(() => views.shift()!)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  await bot.chat.post(addressOf(ada.id), { text: ['done'] }, 'k')
  const done = room.messages.get(1)!
  for (let n = 1; n <= words.length; n++) {
    bot.people.press(ada, done, 'save:12345')
    await (await bot.hears(n)).shown
  }
  expect(bot.world.toasts.map(({ alert }) => alert)).toEqual(words.map(() => false))
})

test('a press that comes too late still acts, and its word comes as a message; two presses act twice', async () => {
  bot = await startBot(() => ({ kind: 'notice', text: ['saved'] }))
  const { emulator } = bot
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  await bot.chat.post(addressOf(ada.id), { text: ['done'] }, 'k')
  await bot.telegram.stop()
  const late = bot.people.press(ada, room.messages.get(1)!, 'save:1')
  bot.clock.advance(151_000)

  const next = await startBot(() => ({ kind: 'notice', text: ['saved'] }), {}, bot)
  expect((await next.until(() => room.messages.get(2))).message.text).toBe('saved')
  expect(emulator.queries.isAnswered(late)).toBe(false)
  expect(emulator.callsOf('answerCallbackQuery')).toHaveLength(1)
  for (let n = 0; n < 2; n++) next.people.press(ada, room.messages.get(1)!, 'save:1')
  await next.until(() => next.world.toasts.length === 2)
  expect(next.heard).toHaveLength(3)
  await next.telegram.stop()
})

test('a press on a message that the bot is not told of stops spinning', async () => {
  bot = await startBot(() => ({ text: [] }))
  const ada = bot.world.addUser('Ada')
  const id = bot.emulator.queries.open(ada)
  const query = { id, from: ada, inline_message_id: 'x', chat_instance: 'x', data: 'again:7' }
  bot.emulator.updates.add({ callback_query: query as never })
  await bot.until(() => bot.emulator.queries.isAnswered(id))
  expect(bot.heard).toEqual([])
})
