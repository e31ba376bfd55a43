import { afterEach, expect, test } from 'vitest'
import { commandTable } from '../../src/commands/registry.ts'
import { startBot, type TestBot } from '../support/telegram/bot.ts'
import { addressOf, echo } from '../support/telegram/posting.ts'
import { badRequest } from '../support/telegram/refusal.ts'

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
  bot.people.say(ada, room, '/imagine：一只狐狸')
  bot.people.say(ada, room, '/imagine一只狐狸')
  bot.people.say(ada, room, '/imagine, a fox')
  bot.people.say(ada, room, '/imagine—seed 1 a fox')
  bot.people.say(ada, room, '/help?')
  bot.people.say(ada, room, '/etc/motd in stone')
  bot.people.say(ada, room, '/nœud in rope')
  bot.people.say(ada, room, '/画图 一只狐狸')
  bot.people.say(ada, room, '/画图：一只狐狸')
  bot.people.say(ada, room, '/画图一只狐狸')
  bot.people.say(ada, room, '/管理')
  bot.people.say(ada, room, '/管理员@zimagine_bot stats')
  bot.people.say(ada, room, '/画一只狐狸')
  bot.people.say(ada, room, '/画图2 in neon')
  bot.people.say(ada, room, '／help')
  bot.people.say(ada, room, '／画图 一只狐狸')
  await bot.hears(20)
  expect(bot.heard.map(({ incoming: { command, text } }) => [command, text])).toEqual([
    ['imagine', 'a fox —seed 1'],
    ['show', '12'],
    ['help', ''],
    ['nonsense', ''],
    ['imagine', '一只狐狸'],
    ['imagine', '一只狐狸'],
    ['imagine', 'a fox'],
    ['imagine', '—seed 1 a fox'],
    ['help', ''],
    ['imagine', '/etc/motd in stone'],
    ['imagine', '/nœud in rope'],
    ['imagine', '一只狐狸'],
    ['imagine', '一只狐狸'],
    ['imagine', '一只狐狸'],
    ['moderate', ''],
    ['admin', 'stats'],
    ['imagine', '/画一只狐狸'],
    ['imagine', '/画图2 in neon'],
    ['help', ''],
    ['imagine', '一只狐狸'],
  ])
  expect(bot.heard[0]!.incoming).toMatchObject({
    key: expect.stringMatching(/^telegram:\d+$/),
    address: { platform: 'telegram', chat: String(ada.id) },
    from: { platform: 'telegram', id: String(ada.id), name: 'Ada', locale: 'zh-hans', direct: true },
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
  bot.people.say(ben, room, '@zimagine_bot ／show 6')
  await bot.hears(5)
  expect(bot.heard.map(({ incoming }) => [incoming.command, incoming.text, incoming.from.moderator])).toEqual([
    ['imagine', 'a fox', true],
    ['imagine', 'hey a wolf, please', false],
    ['imagine', 'a bear', false],
    ['show', '5', false],
    ['show', '6', false],
  ])
  expect(answer.message.reply_to_message?.message_id).toBe(1)
  expect(bot.emulator.callsOf('getChatMember')).toHaveLength(2)
})

test('whoever brings the bot into a group is told how to ask it, and nothing is said of others who join', async () => {
  bot = await startBot(echo)
  const [ada, ben] = [bot.world.addUser('Ada'), bot.world.addUser('Ben')]
  const room = bot.people.group(-500, { members: [ada, ben] })
  for (const fact of [
    { new_chat_members: [ben] },
    { new_chat_members: [ben, bot.world.me] },
    { group_chat_created: true as const },
  ]) {
    const { message } = bot.world.addMessage(room, { from: ada, ...fact })
    bot.emulator.updates.add({ message: message as never })
  }
  bot.people.say(ada, room, '/help')
  await (await bot.hears(1)).shown
  const hello = 'Hi! I draw what you describe. Write, for example:\n/imagine@zimagine_bot a red fox in the snow'
  const said = [...room.messages.values()].filter(({ message }) => message.from?.is_bot)
  expect(said.map(({ message }) => message.text)).toEqual([hello, hello, 'help: '])
})

test('a command in answer to the message of a picture means that picture, unless it says more or the message tells of several', async () => {
  bot = await startBot(echo, { commands: commandTable() })
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const shows = async (...ids: string[]) => {
    const buttons = [ids.map((id) => ({ id, label: id }))]
    await bot.chat.post(addressOf(ada.id), { text: ['x'], buttons }, ids.join())
    return [...room.messages.values()].at(-1)!
  }
  const picture = await shows('again:28', 'save:28', 'file:28')
  const list = await shows('show:28', 'show:29')
  const lastPage = await shows('show:1', 'history:--page 2')
  const panel = await shows('privacy:delete --confirm')
  for (const text of ['/again', '/vary', '/save', '/remove', '/edit', '/cancel', '/save 12', '/quota', '/imagine'])
    bot.people.say(ada, room, text, { reply: picture })
  bot.people.say(ada, room, '/save', { reply: list })
  bot.people.say(ada, room, '/save', { reply: lastPage })
  bot.people.say(ada, room, '/privacy', { reply: panel })
  // Buttons are ours where the message is.
  const { from: _, ...copied } = picture.message
  const copy = { ...copied, from: ada, message_id: 99 }
  const said = { message_id: 100, date: 1, chat: room.chat, from: ada, text: '/save', reply_to_message: copy }
  bot.emulator.updates.add({ message: said as never })
  await bot.hears(13)
  expect(bot.heard.map(({ incoming: { command, text } }) => `${command} ${text}`.trim())).toEqual([
    ...['again 28', 'vary 28', 'save 28', 'remove 28', 'edit 28', 'cancel 28', 'save 12', 'quota', 'imagine'],
    ...['save', 'save 1', 'privacy', 'save'],
  ])
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

test('who administers a group is asked after anew where Telegram did not say', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { admins: [ada] })
  const refused = { kind: 'refuse', refusal: badRequest('try again') } as const
  bot.emulator.faults.plan('getChatMember', refused)
  bot.emulator.faults.plan('getChatAdministrators', refused)
  for (const n of [1, 2]) {
    bot.people.say(ada, room, '/help')
    await (await bot.hears(n)).shown
  }
  expect(bot.heard.map(({ incoming }) => incoming.from.moderator)).toEqual([false, true])
})

test('who administers a group no more is asked after anew, also when the clock was set back', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { admins: [ada] })
  bot.people.say(ada, room, '/help')
  await (await bot.hears(1)).shown
  room.members.set(ada.id, 'member')
  bot.clock.advance(-3_600_000)
  bot.people.say(ada, room, '/help')
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

test('somebody who speaks as a channel of theirs is that channel, and looks after no group', async () => {
  bot = await startBot(echo)
  const room = bot.people.group(-500)
  const mask = { id: 136817688, is_bot: true, first_name: 'Channel', username: 'Channel_Bot' }
  const channel = { id: -1007, type: 'channel', title: 'News' }
  const said = { message_id: 1, date: 1, chat: room.chat, from: mask, sender_chat: channel, text: '/imagine x' }
  bot.emulator.updates.add({ message: said as never })
  expect((await bot.hears(1)).incoming.from).toMatchObject({ id: '-1007', name: 'News', moderator: false })
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

test('who administers a group in its name alone does so also with a press, and is not named by the question after it', async () => {
  const field = { name: 'prompt', label: 'What', value: 'a fox', required: true, maxLength: 99 }
  const form = { id: 'edit:5', title: 'Edit #5', fields: [field] }
  bot = await startBot(({ pressed, command }) =>
    command === 'edit' && pressed
      ? { text: ['What?'], form }
      : { ...(pressed && { kind: 'replace' }), text: [command], private: true },
  )
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { admins: [ada] })
  room.anonymous.add(ada.id)
  const mask = { id: 1087968824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' }
  const say = (text: string, reply_to_message?: object) => {
    const said = { from: mask, sender_chat: room.chat, text, reply_to_message }
    const { message } = bot.world.addMessage(room, said as never)
    bot.emulator.updates.add({ message: message as never })
  }
  say('/help')
  await (await bot.hears(1)).shown
  const panel = room.messages.get(2)!
  bot.people.press(ada, panel, 'help:2')
  expect(await (await bot.hears(2)).shown).toMatchObject({ ref: { message: 2 } })
  bot.people.press(ada, panel, 'edit:5')
  await (await bot.hears(3)).shown
  const question = room.messages.get(3)!.message
  expect(question.entities?.filter(({ type }) => type === 'text_mention')).toEqual([])
  say('a wolf', question)
  expect((await bot.hears(4)).incoming).toMatchObject({ command: 'edit', values: { prompt: 'a wolf' } })
  for (const { incoming } of bot.heard)
    expect(incoming.from).toMatchObject({ id: '-500', name: 'group -500', moderator: true })
})

test('a post of a channel that names the bot is not said to it in the group where Telegram repeats the post', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { members: [ada] })
  const from = { id: 777000, is_bot: false, first_name: 'Telegram' }
  const channel = { id: -1007, type: 'channel', title: 'News' }
  const post = { message_id: 1, date: 1, chat: room.chat, from, sender_chat: channel, text: 'try @zimagine_bot' }
  bot.emulator.updates.add({ message: { ...post, is_automatic_forward: true } as never })
  bot.people.say(ada, room, '/help')
  expect((await bot.hears(1)).incoming.command).toBe('help')
})

test('what is forwarded to a group, or comes from another bot there, is no command of whoever shows it', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const [room, direct] = [bot.people.group(-500, { members: [ada] }), bot.world.privateRoom(ada)]
  const { updates } = bot.emulator
  const said = { message_id: 1, date: 1, from: ada, text: '/privacy delete --confirm' }
  const forwarded = { forward_origin: { type: 'hidden_user', sender_user_name: 'Eve', date: 1 } }
  updates.add({ message: { ...said, chat: room.chat, ...forwarded } as never })
  updates.add({ message: { ...said, chat: room.chat, via_bot: { id: 9, is_bot: true, first_name: 'Other' } } as never })
  bot.people.say(ada, room, '/help')
  expect((await bot.hears(1)).incoming.command).toBe('help')
  updates.add({ message: { ...said, text: 'a fox', chat: direct.chat, ...forwarded } as never })
  expect((await bot.hears(2)).incoming).toMatchObject({ command: 'imagine', text: 'a fox' })
})

test('an admin’s command may mention a person, by the name they write under or without one', async () => {
  bot = await startBot(echo)
  const [ada, ben] = [bot.world.addUser('Ada'), { ...bot.world.addUser('Ben'), username: 'Ben_B' }]
  const room = bot.world.privateRoom(ada)
  bot.people.say(ben, bot.world.privateRoom(ben), 'a fox')
  await bot.hears(1)
  const user = { id: 77, is_bot: false, first_name: 'Cy( 🦊' }
  const entities = [{ type: 'text_mention', offset: 16, length: 6, user }]
  const said = { message_id: 9, date: 1, chat: room.chat, from: ada }
  bot.people.say(ada, room, '/moderate block @ben_b spam of @ben_b from cy@ben_b')
  bot.emulator.updates.add({ message: { ...said, text: '/moderate block Cy( 🦊 spam', entities } as never })
  bot.people.say(ada, room, '/moderate block @nobody')
  bot.people.say(ada, room, '/imagine like @ben_b')
  bot.people.say(ada, room, '/moderate block --expires 7d @BEN_B')
  await bot.hears(6)
  expect(bot.heard.slice(1).map(({ incoming }) => incoming.text)).toEqual([
    `block ${ben.id} spam of ${ben.id} from cy@ben_b`,
    'block 77 spam',
    'block telegram:@nobody',
    'like @ben_b',
    `block --expires 7d ${ben.id}`,
  ])
})
