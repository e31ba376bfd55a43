import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { telegramWords } from '../../src/messages/telegram.ts'
import { startBot, type TestBot } from '../support/telegram/bot.ts'
import { addressOf, echo } from '../support/telegram/posting.ts'
import { tooMany } from '../support/telegram/refusal.ts'

let bot: TestBot
afterEach(() => bot.close())

test('a photo with words is answered honestly, and not noted; /show is given the picture it answers', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const photo = Buffer.from('bytes of a photo')
  bot.people.say(ada, room, 'like this, but at night', { photo })
  const { message } = await bot.until(() => room.messages.get(2))
  expect(message.text).toBe(telegramWords.en.wordsOnly)
  expect(JSON.stringify([...bot.memory.notes])).not.toContain(room.messages.get(1)!.message.photo![0]!.file_id)

  bot.people.say(ada, room, '/show', { reply: room.messages.get(1)! })
  const { incoming } = await bot.hears(1)
  expect(Buffer.from((await incoming.attachment!()) as Uint8Array)).toEqual(photo)
})

test('/show is told of a picture that is not to be had, or is none; typed for itself it is told of none', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const attachments = async (count: number) => {
    await bot.hears(count)
    return Promise.all(bot.heard.slice(0, count).map(({ incoming }) => incoming.attachment?.()))
  }
  bot.people.say(ada, room, '/show')
  expect(await attachments(1)).toEqual([undefined])
  bot.people.say(ada, room, '/show', { reply: room.messages.get(1)! })
  expect(await attachments(2)).toEqual([undefined, 'no-picture'])
  bot.people.say(ada, room, '/show', { photo: Buffer.from('bytes of a photo') })
  bot.world.files.clear()
  expect(await attachments(3)).toEqual([undefined, 'no-picture', 'picture-not-fetched'])

  // What Telegram itself answers to is nobody's choice.
  const forum = bot.people.group(-500, { members: [ada], topics: [44] })
  const topic = { name: 'foxes', icon_color: 0x6fb9f0 } as const
  const opening = bot.world.addMessage(forum, { from: ada, forum_topic_created: topic } as never)
  bot.people.say(ada, forum, '/show', { thread: 44, reply: opening })
  expect((await attachments(4))[3]).toBeUndefined()
  const post = bot.world.addMessage(forum, { from: ada, text: 'news', is_automatic_forward: true } as never)
  bot.people.say(ada, forum, '/show', { reply: post })
  expect((await attachments(5))[4]).toBeUndefined()
})

test('/show is given the picture of another chat that it answers; a picture of ours from inline mode asks for nothing', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const bytes = Buffer.from('bytes of a photo')
  bot.people.say(ada, room, 'like this', { photo: bytes })
  const { photo } = (await bot.until(() => room.messages.get(1))).message
  const said = { message_id: 9, date: 1, chat: room.chat, from: ada }
  const { updates } = bot.emulator
  updates.add({ message: { ...said, caption: 'a fox', photo, via_bot: bot.world.me } as never })
  updates.add({ message: { ...said, text: '/show', external_reply: { origin: {}, photo } } as never })
  updates.add({ message: { ...said, text: '/show', external_reply: { origin: {} } } as never })
  // In a topic the message that began it is named besides.
  const topic = { ...said, message_id: 8, forum_topic_created: {} }
  updates.add({
    message: { ...said, text: '/show', reply_to_message: topic, external_reply: { origin: {}, photo } } as never,
  })
  await bot.hears(3)
  await bot.heard[2]!.shown
  const attachments = await Promise.all(bot.heard.map(({ incoming }) => incoming.attachment!()))
  expect(attachments).toEqual([new Uint8Array(bytes), 'no-picture', new Uint8Array(bytes)])
  const words = [...room.messages.values()].map(({ message }) => message.text)
  expect(words.filter((text) => text === telegramWords.en.wordsOnly)).toHaveLength(1)
})

test('a photo sent as a file is one, too; an album is answered with one word', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const photo = Buffer.from('bytes of a photo')
  bot.people.say(ada, room, 'like this, but at night', { photo, asFile: true })
  for (const text of ['and these', '', '']) bot.people.say(ada, room, text, { photo, album: '77' })
  bot.people.say(ada, room, '', { photo })
  bot.people.say(ada, room, '/help')
  await (await bot.hears(1)).shown
  const { wordsOnly } = telegramWords.en
  const answers = [...room.messages.values()].flatMap(({ message }) => (message.from?.is_bot ? message.text : []))
  expect(answers).toEqual([wordsOnly, wordsOnly, wordsOnly, 'help: '])
})

test('the word about a photo comes however long Telegram asks to wait', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  bot.emulator.faults.plan('sendMessage', { kind: 'refuse', refusal: tooMany(30) })
  bot.people.say(ada, room, 'like this', { photo: Buffer.from('bytes of a photo') })
  expect((await bot.until(() => room.messages.get(2))).message.text).toBe(telegramWords.en.wordsOnly)
})

test('/show in answer to a picture of ours is given the file that was drawn, not what Telegram made of it', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const pictures = await Promise.all(['a.png', 'bb.png', 'ccc.png'].map((name) => bot.picture(name)))
  const ref = await bot.chat.post(addressOf(ada.id), { text: ['queued'] }, '1')
  await bot.chat.update(ref, { text: ['one'], pictures: pictures.slice(0, 1) })
  await bot.chat.post(addressOf(ada.id), { text: ['two'], pictures: pictures.slice(1) }, '2')
  const posted = [...room.messages.values()]
  for (const reply of posted) bot.people.say(ada, room, '/show', { reply })
  await bot.hears(4)
  const fetched = await Promise.all(bot.heard.map(({ incoming }) => incoming.attachment!()))
  const shown = fetched.map((bytes) => Buffer.from(bytes as Uint8Array).toString('hex'))
  const files = ['a.png', 'bb.png', 'ccc.png', 'bb.png']
  expect(shown).toEqual(files.map((name) => readFileSync(join(bot.dataDir, name)).toString('hex')))

  // What somebody sends on is a photo of theirs.
  const { photo } = posted[0]!.message
  const said = { message_id: 99, date: 1, chat: room.chat, from: ada, caption: '/show', photo }
  for (const answered of [{}, { reply_to_message: posted[0]!.message }])
    bot.emulator.updates.add({ message: { ...said, ...answered } as never })
  await bot.hears(6)
  for (const { incoming } of bot.heard.slice(4))
    expect(((await incoming.attachment!()) as Uint8Array).subarray(0, 2)).toEqual(new Uint8Array([0xff, 0xd8]))
})

test('a video, a song or a document is answered like a photo, and costs nothing; a sticker is only a sticker', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const said = { message_id: 9, date: 1, chat: room.chat, from: ada }
  const file = { file_id: 'x', file_unique_id: 'x' }
  for (const kind of ['video', 'animation', 'audio', 'document'])
    bot.emulator.updates.add({ message: { ...said, caption: 'like this', [kind]: file } as never })
  for (const kind of ['voice', 'sticker']) bot.emulator.updates.add({ message: { ...said, [kind]: file } as never })
  bot.people.say(ada, room, '/help')
  await (await bot.hears(1)).shown
  const { wordsOnly } = telegramWords.en
  const answers = [...room.messages.values()].flatMap(({ message }) => (message.from?.is_bot ? message.text : []))
  expect(answers).toEqual([wordsOnly, wordsOnly, wordsOnly, wordsOnly, wordsOnly, 'help: '])
})

test('a picture that is still on its way is not waited for at the end: its command is handled at the next start', async () => {
  bot = await startBot(async (incoming) => {
    await incoming.attachment?.()
    return { text: ['could not get it'] }
  })
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  bot.emulator.faults.plan('file', { kind: 'hang' })
  bot.people.say(ada, room, '/show', { photo: Buffer.from('bytes of a photo') })
  await bot.until(() => bot.emulator.faults.planned('file') === 0)
  await bot.telegram.stop()
  expect(room.messages.size).toBe(1)
  expect(bot.memory.unfinished()).toHaveLength(1)
})

test.each(['getFile', 'file'])(
  'a picture is given up, and its sender told, soon after the server hangs at %s',
  async (at) => {
    bot = await startBot(echo)
    const ada = bot.world.addUser('Ada')
    const deadline = new AbortController()
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(deadline.signal)
    onTestFinished(() => timeout.mockRestore())
    bot.emulator.faults.plan(at, { kind: 'hang' })
    bot.people.say(ada, bot.world.privateRoom(ada), '/show', { photo: Buffer.from('bytes of a photo') })
    const fetched = (await bot.hears(1)).incoming.attachment!()
    await bot.until(() => bot.emulator.faults.planned(at) === 0)
    deadline.abort()
    expect(await fetched).toBe('picture-not-fetched')
    expect(timeout.mock.calls).toEqual([[20_000]])
  },
)

test('a file larger than Telegram hands out is not fetched from a server that would', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  bot.people.say(ada, bot.world.privateRoom(ada), '/show', { photo: Buffer.alloc(20_000_001), asFile: true })
  const fetched = await (await bot.hears(1)).incoming.attachment!()
  expect(fetched.length).toBe('picture-not-fetched'.length)
})

test('a server that asks for a user and a password hands out pictures, too', async () => {
  bot = await startBot(echo)
  await bot.telegram.stop()
  const { emulator } = bot
  const next = await startBot(echo, { apiUrl: emulator.url.replace('://', '://ada:s%C3%A9same@') }, bot)
  const ada = bot.world.addUser('Ada')
  bot.people.say(ada, bot.world.privateRoom(ada), '/show', { photo: Buffer.from('bytes of a photo') })
  expect(await (await next.hears(1)).incoming.attachment!()).toEqual(new Uint8Array(Buffer.from('bytes of a photo')))
  expect(emulator.authorizations).toEqual([`Basic ${Buffer.from('ada:sésame').toString('base64')}`])
  await next.telegram.stop()
})
