import { afterEach, expect, test } from 'vitest'
import type { MessageRef } from '../../src/chat.ts'
import { startBot, type TestBot } from '../support/telegram/bot.ts'
import { addressOf, codeOf } from '../support/telegram/posting.ts'
import { badRequest, tooMany } from '../support/telegram/refusal.ts'

let bot: TestBot
afterEach(() => bot.close())

test('several pictures are an album and one message with the buttons, sent once however often it is updated', async () => {
  bot = await startBot(() => ({ text: ['queued'] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  bot.people.say(ada, room, 'four cats')
  const ref = (await (await bot.hears(1)).shown) as MessageRef
  const pictures = await Promise.all(['a.png', 'bb.png', 'ccc.png', 'dddd.png'].map((name) => bot.picture(name)))

  await bot.chat.update(ref, { text: ['done'], pictures, buttons: [[{ id: 'star:1', label: '⭐' }]] })
  await bot.chat.update(ref, { text: ['done'], pictures, buttons: [[{ id: 'star:1', label: '🌟' }]] })

  expect(bot.emulator.callsOf('sendMediaGroup')).toHaveLength(1)
  expect([...room.messages.values()].filter(({ message }) => message.photo)).toHaveLength(4)
  expect(room.messages.get(2)!.message).toMatchObject({
    text: 'done',
    reply_markup: { inline_keyboard: [[{ text: '🌟' }], [{ text: '📄 PNG' }]] },
  })
})

test('an album whose message was deleted while it was computed comes once, with a new message', async () => {
  bot = await startBot(() => ({ text: [] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const address = addressOf(ada.id)
  const ref = await bot.chat.post(address, { text: ['queued'] }, 'k')
  room.messages.get(1)!.deleted = true
  const view = { text: ['done'], pictures: [await bot.picture('a.png'), await bot.picture('b.png')], job: 1 }
  await expect(bot.chat.update(ref, view)).rejects.toMatchObject({ code: 'gone' })
  bot.emulator.faults.plan('sendMessage', { kind: 'refuse', refusal: tooMany(600) })
  await expect(bot.chat.post(address, view, 'job-1')).rejects.toMatchObject({ code: 'later' })
  bot.clock.advance(600_000)
  await expect(bot.chat.update(ref, view)).rejects.toMatchObject({ code: 'gone' })
  await bot.chat.post(address, view, 'job-1')
  expect(bot.emulator.callsOf('sendMediaGroup')).toHaveLength(1)
})

test('eleven pictures are two albums', async () => {
  bot = await startBot(() => ({ text: [] }))
  const ada = bot.world.addUser('Ada')
  bot.world.privateRoom(ada)
  const picture = await bot.picture('one.png')
  const pictures = Array.from({ length: 11 }, () => picture)
  await bot.chat.post(addressOf(ada.id), { text: ['all'], pictures }, 'k')
  expect(bot.emulator.callsOf('sendMediaGroup').map(({ media }) => media.length)).toEqual([6, 5])
})

test('each picture of an album counts in what a group hears in a minute', async () => {
  bot = await startBot(() => ({ text: [] }))
  bot.people.group(-500)
  const picture = await bot.picture('one.png')
  const view = { text: ['ten'], pictures: Array.from({ length: 10 }, () => picture) }
  await bot.chat.post(addressOf(-500), view, '1')
  expect(await codeOf(bot.chat.post(addressOf(-500), view, '2'))).toBe('later')
  expect(bot.logged.filter((line) => line.includes('asks to wait'))).toEqual([])
})

test('📄 under an album gives each file once, also where Telegram asks to wait in between', async () => {
  bot = await startBot(() => ({ text: [] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const pictures = await Promise.all(['a.png', 'bb.png', 'ccc.png'].map((name) => bot.picture(name)))
  const address = addressOf(ada.id)
  await bot.chat.post(address, { text: ['done'], pictures }, 'k')
  const files = () => [...room.messages.values()].flatMap(({ message }) => message.document?.file_name ?? [])

  bot.people.press(ada, room.messages.get(4)!, 'file:7')
  await bot.until(() => files().length === 1)
  bot.emulator.faults.plan('sendDocument', { kind: 'refuse', refusal: tooMany(30) })
  await bot.until(() => files().includes('ccc.png'))
  expect(files()).toEqual(['a.png', 'bb.png', 'ccc.png'])
})

test('an album that cannot be taken away for now is taken away later, and not painted over', async () => {
  bot = await startBot(() => ({ text: [] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const pictures = [await bot.picture('b.png'), await bot.picture('c.png')]
  const ref = await bot.chat.post(addressOf(ada.id), { text: ['two'], pictures }, 'k')
  bot.emulator.faults.plan('deleteMessages', { kind: 'lose-answer' })
  expect(await codeOf(bot.chat.update(ref, { text: ['deleted'] }))).toBe('later')
  expect(bot.emulator.callsOf('editMessageMedia')).toEqual([])
  await bot.chat.update(ref, { text: ['deleted'] })
  expect([...room.messages.values()].map(({ deleted }) => deleted ?? false)).toEqual([true, true, false])
})

test('an album that was sent before is sent by its ids, and by its bytes when they are no longer good', async () => {
  bot = await startBot(() => ({ text: [] }))
  const ada = bot.world.addUser('Ada')
  bot.world.privateRoom(ada)
  const pictures = [await bot.picture('b.png'), await bot.picture('cc.png')]
  const post = (name: string) => bot.chat.post(addressOf(ada.id), { text: ['two'], pictures }, name)
  for (const name of ['1', '2']) await post(name)
  expect(bot.world.files.size).toBe(2)
  const refusal = badRequest('wrong file identifier/HTTP URL specified')
  bot.emulator.faults.plan('sendMediaGroup', { kind: 'refuse', refusal })
  await post('3')
  expect(bot.world.files.size).toBe(4)
})
