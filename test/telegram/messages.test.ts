import { afterEach, expect, test } from 'vitest'
import { telegramWords } from '../../src/messages/telegram.ts'
import { startBot, type TestBot } from '../support/telegram/bot.ts'
import { createTestMemory } from '../support/telegram/memory.ts'
import { echo } from '../support/telegram/posting.ts'
import { badRequest, tooMany } from '../support/telegram/refusal.ts'

let bot: TestBot
afterEach(() => bot.close())

test('in a private chat plain text is a prompt, and a command is a command whoever it names in capitals', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada', 'zh-hans')
  const room = bot.world.privateRoom(ada)
  bot.people.say(ada, room, 'a fox —seed 1')
  bot.people.say(ada, room, '/Show@ZIMAGINE_bot 12')
  bot.people.say(ada, room, '/start')
  bot.people.say(ada, room, '/show@another_bot 12')
  bot.people.say(ada, room, '/nonsense')
  await bot.hears(4)
  expect(bot.heard.map(({ incoming: { command, text } }) => [command, text])).toEqual([
    ['imagine', 'a fox —seed 1'],
    ['show', '12'],
    ['help', ''],
    ['nonsense', ''],
  ])
  expect(bot.heard[0]!.incoming).toMatchObject({
    key: expect.stringMatching(/^telegram:\d+$/),
    address: { platform: 'telegram', chat: String(ada.id) },
    from: { platform: 'telegram', id: String(ada.id), name: 'Ada', locale: 'zh-hans', direct: true },
    at: Date.UTC(2026, 0, 1),
  })
})

test('in a group a command, a mention and a reply are for the bot; what others say is not', async () => {
  bot = await startBot(echo)
  bot.world.me.can_read_all_group_messages = true
  const [ada, ben] = [bot.world.addUser('Ada'), bot.world.addUser('Ben')]
  const room = bot.people.group(-500, { members: [ben], admins: [ada] })
  bot.people.say(ada, room, '/imagine@zimagine_bot a fox')
  await bot.hears(1)
  const answer = await bot.until(() => [...room.messages.values()].find(({ message }) => message.from?.is_bot))
  bot.people.say(ben, room, 'what a fox')
  bot.people.say(ben, room, '/nonsense')
  bot.people.say(ben, room, 'hey @Zimagine_Bot, a wolf, please')
  bot.people.say(ben, room, 'a bear', { reply: answer })
  bot.people.say(ben, room, '@zimagine_bot /show 5')
  await bot.hears(4)
  expect(bot.heard.map(({ incoming }) => [incoming.command, incoming.text, incoming.from.moderator])).toEqual([
    ['imagine', 'a fox', true],
    ['imagine', 'hey a wolf, please', false],
    ['imagine', 'a bear', false],
    ['show', '5', false],
  ])
  expect(answer.message.reply_to_message?.message_id).toBe(1)
  expect(bot.emulator.callsOf('getChatMember')).toHaveLength(2)
})

test('who administers a group with hidden members looks after it all the same', async () => {
  bot = await startBot(echo)
  const [ada, ben] = [bot.world.addUser('Ada'), bot.world.addUser('Ben')]
  const room = bot.people.group(-500, { members: [ben], admins: [ada] })
  const hidden = { kind: 'refuse', refusal: badRequest('CHAT_ADMIN_REQUIRED') } as const
  bot.emulator.faults.plan('getChatMember', hidden, hidden)
  bot.people.say(ada, room, '/help')
  await (await bot.hears(1)).shown
  bot.people.say(ben, room, '/help')
  await bot.hears(2)
  expect(bot.heard.map(({ incoming }) => incoming.from.moderator)).toEqual([true, false])
})

test('an answer in a forum stays in its topic', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { members: [ada], topics: [44] })
  bot.people.say(ada, room, '/imagine a fox', { thread: 44 })
  const { message } = await bot.until(() => room.messages.get(2))
  expect(message).toMatchObject({ text: 'imagine: a fox', message_thread_id: 44 })
})

test('somebody who speaks as the group is the group, and looks after it', async () => {
  bot = await startBot(echo)
  const mask = { id: 1087968824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' }
  const room = bot.people.group(-500)
  bot.emulator.updates.add({
    message: {
      message_id: 1,
      date: 1,
      chat: room.chat,
      from: mask,
      sender_chat: room.chat,
      text: '/imagine x',
    } as never,
  })
  expect((await bot.hears(1)).incoming.from).toMatchObject({ id: '-500', name: 'group -500', moderator: true })
})

test('/imagine alone asks, and the next message is the answer; another command is a change of mind', async () => {
  const form = { id: 'imagine:--seed 7', title: 'Draw', fields: [] }
  const field = { name: 'prompt', label: 'What to draw', value: '', multiline: true, required: true, maxLength: 99 }
  bot = await startBot(({ command, text, values }) =>
    command === 'imagine' && !text
      ? { kind: 'form', text: ['What shall I draw?'], form: { ...form, fields: [field] } }
      : { text: [`${command} ${text} ${values?.prompt ?? ''}`] },
  )
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  bot.people.say(ada, room, '/imagine')
  const question = await bot.until(() => [...room.messages.values()].find(({ asks }) => asks))
  expect(question.message.text).toContain('What shall I draw?')
  bot.people.say(ada, room, 'a fox')
  expect((await bot.hears(2)).incoming).toMatchObject({
    command: 'imagine',
    text: '--seed 7',
    values: { prompt: 'a fox' },
  })
  bot.people.say(ada, room, 'a wolf')
  expect((await bot.hears(3)).incoming).toMatchObject({ command: 'imagine', text: 'a wolf' })
  expect((await bot.hears(3)).incoming.values).toBeUndefined()
  bot.people.say(ada, room, '/imagine')
  const open = await bot.until(() => [...room.messages.values()].find((one) => one.asks && one !== question))
  bot.people.say(ada, room, '/show', { reply: open })
  expect((await bot.hears(5)).incoming).toMatchObject({ command: 'show' })
  expect((await bot.hears(5)).incoming.attachment).toBeUndefined()
})

test('in a group a question is answered by a reply to it, by the one who was asked', async () => {
  const field = { name: 'prompt', label: 'What', value: 'a fox', multiline: true, required: true, maxLength: 99 }
  const settings = { ...field, name: 'settings', value: '--seed 1' }
  bot = await startBot(({ command, values }) =>
    command === 'imagine' && !values
      ? { kind: 'form', text: [], form: { id: 'edit:5', title: 'Edit #5', fields: [field, settings] } }
      : { text: ['ok'] },
  )
  const [ada, ben] = [bot.world.addUser('Ada'), bot.world.addUser('Ben')]
  const room = bot.people.group(-500, { members: [ada, ben] })
  bot.people.say(ada, room, '/imagine')
  const question = await bot.until(() => [...room.messages.values()].find(({ asks }) => asks))
  expect(question.message.text).toContain('a fox')
  expect(question.message.entities).toContainEqual(expect.objectContaining({ type: 'code' }))
  bot.people.say(ben, room, 'mine', { reply: question })
  expect((await bot.hears(2)).incoming).toMatchObject({ command: 'imagine', text: 'mine' })
  bot.people.say(ada, room, 'a wolf', { reply: question })
  expect((await bot.hears(3)).incoming).toMatchObject({
    command: 'edit',
    text: '5',
    values: { prompt: 'a wolf', settings: '--seed 1' },
  })
})

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
  const { attachment } = (await bot.hears(1)).incoming
  expect(Buffer.from(attachment as Uint8Array)).toEqual(photo)
})

test('/show is told of a picture that is not to be had, or is none; typed for itself it is told of none', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const attachments = async (count: number) => {
    await bot.hears(count)
    return bot.heard.slice(0, count).map(({ incoming }) => incoming.attachment)
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
  await bot.hears(2)
  await bot.heard[1]!.shown
  expect(bot.heard.map(({ incoming }) => incoming.attachment)).toEqual([new Uint8Array(bytes), 'no-picture'])
  const words = [...room.messages.values()].map(({ message }) => message.text)
  expect(words.filter((text) => text === telegramWords.en.wordsOnly)).toHaveLength(1)
})

test('an admin’s command may mention a person, by the name they write under or without one', async () => {
  bot = await startBot(echo)
  const [ada, ben] = [bot.world.addUser('Ada'), { ...bot.world.addUser('Ben'), username: 'Ben_B' }]
  const room = bot.world.privateRoom(ada)
  bot.people.say(ben, bot.world.privateRoom(ben), 'a fox')
  await bot.hears(1)
  const user = { id: 77, is_bot: false, first_name: 'Cy 🦊' }
  const entities = [{ type: 'text_mention', offset: 16, length: 5, user }]
  const said = { message_id: 9, date: 1, chat: room.chat, from: ada }
  bot.people.say(ada, room, '/moderate block @ben_b spam of @ben_b')
  bot.emulator.updates.add({ message: { ...said, text: '/moderate block Cy 🦊 spam', entities } as never })
  bot.people.say(ada, room, '/moderate block @nobody')
  bot.people.say(ada, room, '/imagine like @ben_b')
  await bot.hears(5)
  expect(bot.heard.slice(1).map(({ incoming }) => incoming.text)).toEqual([
    `block ${ben.id} spam of @ben_b`,
    'block 77 spam',
    'block @nobody',
    'like @ben_b',
  ])
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
  const next = await startBot(echo, { memory: createTestMemory() }, bot)
  const ada = next.world.addUser('Ada')
  const room = next.world.privateRoom(ada)
  await next.until(() => emulator.callsOf('setMyCommands').length === before + 8)
  expect(emulator.faults.planned('setMyCommands')).toBe(0)
  expect(emulator.menus.seenBy(ada, room)).toHaveLength(3)
  await next.telegram.stop()
})

test('an owner sees all commands from the moment they write to the bot', async () => {
  bot = await startBot(echo, { owners: ['1000'] })
  await bot.until(() => bot.emulator.callsOf('setMyCommands').length === 10)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  bot.people.say(ada, room, '/start')
  await bot.until(() => bot.emulator.callsOf('setMyCommands').length === 12)
  expect(bot.emulator.menus.seenBy(ada, room).map(({ command }) => command)).toContain('admin')
})

test('a private answer in a group is for one person alone where the bot may whisper, and short where it may not', async () => {
  bot = await startBot(({ text }) => ({ text: [`12 credits left ${text}`], private: true }))
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { members: [ada] })
  bot.people.say(ada, room, '/help')
  expect((await bot.until(() => room.messages.get(2))).message.text).toBe('12 credits left ')

  room.members.set(bot.world.me.id, 'administrator')
  bot.clock.advance(3_600_001)
  bot.people.say(ada, room, '/help again')
  const whisper = await bot.until(() => room.whispers.get(1))
  expect(whisper).toMatchObject({ receiver: ada.id, message: { text: '12 credits left again' } })
})

test('a whisper that one person cannot be sent is no reason to tell the others aloud', async () => {
  bot = await startBot(({ from }) => ({ text: [`for ${from.name}`], private: true }))
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { members: [ada] })
  room.members.set(bot.world.me.id, 'administrator')
  const mask = { id: 1087968824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' }
  const masked = { message_id: 1, date: 1, chat: room.chat, from: mask, sender_chat: room.chat, text: '/help' }
  bot.emulator.updates.add({ message: masked as never })
  await (await bot.hears(1)).shown
  bot.people.say(ada, room, '/help')
  expect(await (await bot.hears(2)).shown).toMatchObject({ ref: { ephemeral: true } })
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

test('a question after a press in a group opens the keyboard of the one who pressed', async () => {
  const field = { name: 'prompt', label: 'What', value: 'a fox', multiline: true, required: true, maxLength: 99 }
  const form = { id: 'edit:5', title: 'Edit #5', fields: [field] }
  bot = await startBot(({ pressed }) => (pressed ? { kind: 'form', text: [], form } : { text: ['done'] }))
  const [ada, ben] = [bot.world.addUser('Ada'), bot.world.addUser('Ben')]
  const room = bot.people.group(-500, { members: [ada, ben] })
  bot.people.say(ada, room, '/imagine a fox')
  await (await bot.hears(1)).shown
  bot.people.press(ben, room.messages.get(2)!, 'edit:5')
  await (await bot.hears(2)).shown
  const question = room.messages.get(3)!
  expect(question).toMatchObject({ asks: true })
  expect(question.message.entities).toContainEqual(
    expect.objectContaining({ type: 'text_mention', user: expect.objectContaining({ id: ben.id }) }),
  )
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

test('@bot with some words offers one’s own pictures by the ids that Telegram has', async () => {
  const asked: unknown[] = []
  const found = [
    { job: 3, path: 'cat.png', prompt: 'a cat' },
    { job: 2, path: 'never-sent.png', prompt: 'a cat, never sent' },
  ]
  bot = await startBot(echo, {
    findPictures: (person, words) => {
      asked.push([person, words])
      return words === 'cat' ? found : []
    },
  })
  const ada = bot.world.addUser('Ada')
  bot.world.privateRoom(ada)
  const address = { platform: 'telegram', chat: String(ada.id), route: { chat: ada.id } }
  await bot.chat.post(address, { text: [], pictures: [await bot.picture('cat.png')] }, 'k')

  const { results, params } = await bot.people.inline(ada, ' cat ')
  const [fileId] = bot.world.files.keys()
  expect(results).toEqual([expect.objectContaining({ type: 'photo', photo_file_id: fileId, caption: 'a cat' })])
  expect(params).toMatchObject({ is_personal: true })
  expect(asked).toEqual([[String(ada.id), 'cat']])

  const none = await bot.people.inline(ada, 'dog')
  expect(none.results).toEqual([])
  expect(none.params.button).toMatchObject({ text: telegramWords.en.noPictures })
})
