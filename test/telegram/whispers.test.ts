import { afterEach, expect, test } from 'vitest'
import type { View } from '../../src/chat.ts'
import { telegramWords } from '../../src/messages/telegram.ts'
import { startBot, type TestBot } from '../support/telegram/bot.ts'
import { addressOf } from '../support/telegram/posting.ts'
import { badRequest } from '../support/telegram/refusal.ts'

let bot: TestBot
afterEach(() => bot.close())

test('a private answer in a group is for one person alone where the bot may whisper, and short where it may not', async () => {
  bot = await startBot(({ text }) => ({ text: [`12 credits left ${text}`], private: true }))
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { members: [ada] })
  bot.people.say(ada, room, '/help')
  expect((await bot.until(() => room.messages.get(2))).message.text).toBe('12 credits left ')
  expect(bot.emulator.calls.filter(({ refusal }) => refusal)).toEqual([])

  room.members.set(bot.world.me.id, 'administrator')
  bot.clock.advance(3_600_001)
  bot.people.say(ada, room, '/help again')
  const whisper = await bot.until(() => room.whispers.get(1))
  expect(whisper).toMatchObject({ receiver: ada.id, message: { text: '12 credits left again' } })
})

test('a whisper that one person cannot be sent is not tried each time, and others are whispered to all the same', async () => {
  bot = await startBot(({ from }) => ({ text: [`for ${from.name}`], private: true }))
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { members: [ada] })
  room.members.set(bot.world.me.id, 'administrator')
  const mask = { id: 1087968824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' }
  const masked = { message_id: 1, date: 1, chat: room.chat, from: mask, sender_chat: room.chat, text: '/help' }
  for (const n of [1, 2]) {
    bot.emulator.updates.add({ message: masked as never })
    await (await bot.hears(n)).shown
  }
  expect(bot.emulator.calls.filter(({ refusal }) => refusal)).toHaveLength(1)
  bot.people.say(ada, room, '/help')
  expect(await (await bot.hears(3)).shown).toMatchObject({ ref: { ephemeral: true } })
})

test('a whisper arrives though the command that it answers was tidied away', async () => {
  let tidy = () => {}
  bot = await startBot(() => {
    tidy()
    return { text: ['12 credits left'], private: true }
  })
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { members: [ada] })
  room.members.set(bot.world.me.id, 'administrator')
  tidy = () => {
    room.messages.get(1)!.deleted = true
  }
  bot.people.say(ada, room, '/help')
  expect(await (await bot.hears(1)).shown).toMatchObject({ ref: { ephemeral: true } })
})

test('what a button of a whisper brings answers no message: a whisper has no id to answer', async () => {
  bot = await startBot(({ pressed }) => (pressed ? { text: ['queued'] } : { text: ['page 1'], private: true }))
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { members: [ada] })
  room.members.set(bot.world.me.id, 'administrator')
  bot.people.say(ada, room, '/help')
  await (await bot.hears(1)).shown
  bot.people.press(ada, room.whispers.get(1)!, 'show:1')
  await (await bot.hears(2)).shown
  expect(bot.emulator.callsOf('sendMessage').at(-1)).not.toHaveProperty('reply_parameters')
})

test('a picture whose message has the number of a whisper keeps its original', async () => {
  bot = await startBot(() => ({ text: ['12 credits left'], private: true }))
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { members: [ada] })
  room.members.set(bot.world.me.id, 'administrator')
  await bot.chat.post(addressOf(-500), { text: ['done'], pictures: [await bot.picture('fox.png')], job: 7 }, 'k')
  bot.people.say(ada, room, '/help')
  expect(await (await bot.hears(1)).shown).toMatchObject({ ref: { message: 1, ephemeral: true } })
  bot.people.press(ada, room.messages.get(1)!, 'file:7')
  expect((await bot.until(() => room.messages.get(3))).message.document).toMatchObject({ file_name: 'fox.png' })
})

test("who presses on somebody else's panel in a group gets one of their own; what all may see is changed where it is", async () => {
  bot = await startBot(({ from, pressed, text }) => ({
    ...(pressed && { kind: 'replace' }),
    text: [`${from.name}: ${text}`],
    private: text !== 'gone',
    buttons: [['page 3', 'gone'].map((label) => ({ id: `help:${label}`, label }))],
  }))
  const [ada, ben] = [bot.world.addUser('Ada'), bot.world.addUser('Ben')]
  const room = bot.people.group(-500, { members: [ada, ben] })
  bot.people.say(ada, room, '/help page 1')
  await (await bot.hears(1)).shown
  const panel = room.messages.get(2)!
  bot.people.press(ben, panel, 'help:page 2')
  expect(await (await bot.hears(2)).shown).toMatchObject({ ref: { message: 3 } })
  expect(panel.message.text).toBe('Ada: page 1')
  expect(room.messages.get(3)!.message.text).toBe('Ben: page 2')

  for (const [person, of] of [
    [ada, panel],
    [ben, room.messages.get(3)!],
  ] as const) {
    bot.people.press(person, of, 'help:page 3')
    await (await bot.hears(bot.heard.length + 1)).shown
    expect(of.message.text).toBe(`${person.first_name}: page 3`)
  }
  bot.people.press(ben, panel, 'help:gone')
  await (await bot.hears(5)).shown
  expect(panel.message.text).toBe('Ben: gone')
})

test('what no button of a message says changes in a group nothing but what answers oneself', async () => {
  bot = await startBot(({ pressed, text }) => ({ ...(pressed && { kind: 'replace' }), text: [text!] }))
  const [ada, ben] = [bot.world.addUser('Ada'), bot.world.addUser('Ben')]
  const room = bot.people.group(-500, { members: [ada, ben] })
  const { ref } = await bot.chat.post(
    addressOf(-500),
    { text: ['done'], pictures: [await bot.picture('a.png')], buttons: [[{ id: 'remove:1', label: 'Delete' }]] },
    'k',
  )
  const picture = room.messages.get((ref as { message: number }).message)!
  bot.people.press(ben, picture, 'remove:2')
  await (await bot.hears(1)).shown
  expect(picture.deleted).toBeFalsy()
  bot.people.press(ben, picture, 'remove:1')
  await (await bot.hears(2)).shown
  expect(picture.deleted).toBe(true)

  bot.people.say(ada, room, '/help 1')
  const { message } = (await (await bot.hears(3)).shown)!.ref as { message: number }
  bot.people.press(ada, room.messages.get(message)!, 'cancel:3')
  await (await bot.hears(4)).shown
  expect(room.messages.get(message)!.message.text).toBe('3')
})

test('a private picture asked for in a group goes to the person alone, or not at all', async () => {
  bot = await startBot(() => ({ text: ['queued'], private: true, job: 1 }))
  const [ada, ben] = [bot.world.addUser('Ada'), bot.world.addUser('Ben')]
  const direct = bot.world.privateRoom(ada)
  const room = bot.people.group(-500, { members: [ada, ben] })
  bot.people.say(ada, room, '/imagine a secret')
  expect(await (await bot.hears(1)).shown).toMatchObject({ ref: { chat: ada.id } })
  expect(direct.messages.get(1)!.message.text).toBe('queued')

  bot.people.say(ben, room, '/imagine a secret')
  await expect((await bot.hears(2)).shown).rejects.toMatchObject({ code: 'gone' })
  expect([...room.messages.values()].at(-1)!.message.text).toBe(telegramWords.en.openPrivate)
})

test("the adapter's own refusals are for one person alone, too, where the bot may whisper", async () => {
  const file = { name: 'a.json', mime: 'application/json', content: new Uint8Array([1]) }
  const field = { name: 'prompt', label: 'What', value: 'a secret', required: true, maxLength: 99 }
  const form = { id: 'edit:5', title: 'Edit #5', fields: [field] }
  const views: View[] = [
    { text: ['queued'], private: true, job: 1 },
    { text: ['a secret?'], form, private: true, secret: true },
    { text: ['x'], files: [file] },
  ]
  bot = await startBot(() => views.shift()!)
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { members: [ada] })
  room.members.set(bot.world.me.id, 'administrator')
  const refusal = badRequest('not enough rights to send documents to the chat')
  bot.emulator.faults.plan('sendDocument', { kind: 'refuse', refusal })
  for (const text of ['job', 'form', 'file']) bot.people.say(ada, room, `/help ${text}`)
  bot.people.say(ada, room, `@${bot.world.me.username} like this`, { photo: Buffer.from('bytes of a photo') })
  await bot.until(() => room.whispers.get(4))
  const { openPrivate, notTaken, wordsOnly } = telegramWords.en
  const whispered = [...room.whispers.values()].map(({ message }) => message.text)
  expect(whispered).toEqual([openPrivate, openPrivate, notTaken, wordsOnly])
})

test('a secret is never said aloud in a group, be it an answer, a question or a page turned', async () => {
  const field = { name: 'prompt', label: 'What', value: 'a secret', required: true, maxLength: 99 }
  const form = { id: 'edit:5', title: 'Edit #5', fields: [field] }
  bot = await startBot(({ text, pressed }) => {
    if (text === 'form') return { text: ['a secret?'], form, private: true, secret: true }
    if (text === 'list') return { text: ['page 1'], private: true }
    return { ...(pressed && { kind: 'replace' as const }), text: ['a secret'], private: true, secret: true }
  })
  const [ada, ben] = [bot.world.addUser('Ada'), bot.world.addUser('Ben')]
  const direct = bot.world.privateRoom(ada)
  const room = bot.people.group(-500, { members: [ada, ben] })
  for (const text of ['code', 'form', 'list']) bot.people.say(ada, room, `/help ${text}`)
  const list = await (await bot.hears(3)).shown
  expect([...direct.messages.values()].map(({ message }) => message.text)).toEqual([
    'a secret',
    expect.stringMatching(/^a secret\?/u),
  ])
  bot.people.press(ada, room.messages.get((list!.ref as { message: number }).message)!, 'history:--page 2')
  expect(await (await bot.hears(4)).shown).toMatchObject({ ref: { chat: ada.id } })

  for (const text of ['code', 'form']) bot.people.say(ben, room, `/help ${text}`)
  await bot.hears(6)
  for (const { shown } of bot.heard.slice(4)) await expect(shown).rejects.toMatchObject({ code: 'gone' })
  const aloud = [...room.messages.values()].flatMap(({ message }) => (message.from?.is_bot ? message.text : []))
  expect(aloud).toEqual(['page 1', telegramWords.en.openPrivate, telegramWords.en.openPrivate])

  room.members.set(bot.world.me.id, 'administrator')
  bot.clock.advance(3_600_001)
  for (const text of ['list', 'code']) bot.people.say(ben, room, `/help ${text}`)
  expect(await (await bot.hears(8)).shown).toMatchObject({ ref: { ephemeral: true } })

  const whisper = [...room.whispers.values()].at(-1)!
  const before = room.whispers.size
  bot.people.press(ben, whisper, 'history:--page 2')
  await (await bot.hears(9)).shown
  expect(room.whispers.size).toBe(before)
})

test('a secret is not tried on a server that may be too old to whisper', async () => {
  bot = await startBot(({ text }) => ({ text: [text!], private: true, secret: text === 'secret' }))
  bot.world.isOld = true
  const ada = bot.world.addUser('Ada')
  bot.world.privateRoom(ada)
  const room = bot.people.group(-500, { members: [ada] })
  room.members.set(bot.world.me.id, 'administrator')
  for (const text of ['secret', 'quota', 'secret', 'quota']) bot.people.say(ada, room, `/help ${text}`)
  const shown = []
  for (const n of [1, 2, 3, 4]) shown.push(await (await bot.hears(n)).shown)
  expect(shown.map((posted) => (posted!.ref as { chat: number }).chat)).toEqual([ada.id, -500, ada.id, -500])
  expect(bot.emulator.callsOf('sendMessage').filter((call) => call.ephemeral_message_parameters)).toHaveLength(1)
})

test('in the general topic of a forum, where an answer names a thread that is none, and in a topic that is gone, it is whispered all the same', async () => {
  bot = await startBot(({ text }) => ({ text: [text!], private: true }))
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { members: [ada], topics: [44] })
  room.members.set(bot.world.me.id, 'administrator')
  bot.people.say(ada, room, '/help answer', { general: 7 })
  expect(await (await bot.hears(1)).shown).toMatchObject({ ref: { ephemeral: true } })
  expect(bot.emulator.callsOf('sendMessage')).toHaveLength(1)

  room.topics.set(44, 'deleted')
  bot.people.say(ada, room, '/help gone', { thread: 44 })
  expect(await (await bot.hears(2)).shown).toMatchObject({ ref: { ephemeral: true } })
})
