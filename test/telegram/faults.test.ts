import { afterEach, expect, test } from 'vitest'
import { ChatError, type MessageRef } from '../../src/chat.ts'
import { telegramWords } from '../../src/messages/telegram.ts'
import { startBot, type TestBot } from '../support/telegram/bot.ts'
import { addressOf, codeOf, echo } from '../support/telegram/posting.ts'
import { badRequest, forbidden, Refusal, tooMany } from '../support/telegram/refusal.ts'

const file = { name: 'x.json', mime: 'application/json', content: Buffer.from('{}') }

let bot: TestBot
afterEach(() => bot.close())

/** Again, after as long as was asked for. */
async function asTheCoreDoes(act: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== 'later') throw error
      bot.clock.advance(error.retryAfterMs ?? 1000)
    }
  }
}

test('a file that a group does not take is told of in words', async () => {
  bot = await startBot(({ text }) => (text === 'closed' ? { text: ['x'], files: [file] } : { text: ['ok'] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { members: [ada] })
  const refusal = badRequest('not enough rights to send documents to the chat')
  bot.emulator.faults.plan('sendDocument', { kind: 'refuse', refusal })
  bot.people.say(ada, room, '/help closed')
  await (await bot.hears(1)).shown
  expect([...room.messages.values()].at(-1)!.message.text).toBe(telegramWords.en.notTaken)
  bot.emulator.faults.plan('sendDocument', { kind: 'refuse', refusal: forbidden('CHAT_SEND_DOCS_FORBIDDEN') })
  expect(await codeOf(bot.chat.post(addressOf(-500), { text: ['x'], files: [file] }, 'k'))).toBe('refused')
})

test('a post whose answer was lost is doubtful and not repeated; an edit is simply tried again', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  bot.emulator.faults.plan('sendMessage', { kind: 'lose-answer' })
  expect(await codeOf(bot.chat.post(addressOf(ada.id), { text: ['queued'] }, 'k'))).toBe('doubtful')
  expect(room.messages.size).toBe(1)

  bot.emulator.faults.plan('editMessageText', { kind: 'lose-answer' })
  const ref: MessageRef = { platform: 'telegram', ref: { chat: ada.id, message: 1 } }
  expect(await codeOf(bot.chat.update(ref, { text: ['running'] }))).toBe('later')
  await bot.chat.update(ref, { text: ['running'] })
  expect(room.messages.get(1)!.message.text).toBe('running')
})

test('an album whose answer was lost is doubtful, and the next try shows only the buttons', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const ref = await bot.chat.post(addressOf(ada.id), { text: ['queued'] }, 'k')
  const view = { text: ['done'], pictures: [await bot.picture('a.png'), await bot.picture('b.png')] }
  bot.emulator.faults.plan('sendMediaGroup', { kind: 'lose-answer' })
  expect(await codeOf(bot.chat.update(ref, view))).toBe('doubtful')
  await bot.chat.update(ref, view)
  expect(bot.emulator.callsOf('sendMediaGroup')).toHaveLength(1)
  expect(room.messages.get(1)!.message.text).toBe('done')
})

test('an upload that was cut off before its end did not arrive: later, not doubtful', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  // More than the machine keeps of it on the way.
  const file = { name: 'export.bin', mime: 'application/octet-stream', content: new Uint8Array(40_000_000) }
  const post = () => bot.chat.post(addressOf(ada.id), { text: ['your data'], files: [file] }, 'k')
  bot.emulator.faults.plan('sendDocument', { kind: 'cut' })
  expect(await codeOf(post())).toBe('later')
  await post()
  expect(room.messages.size).toBe(1)
})

test('without a connection nothing was sent: later, not doubtful', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  bot.world.privateRoom(ada)
  await bot.emulator.goDown()
  expect(await codeOf(bot.chat.post(addressOf(ada.id), { text: ['queued'] }, 'k'))).toBe('later')
})

test('what a server in front of Telegram says in its own words did not arrive: later, not doubtful', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const post = () => bot.chat.post(addressOf(ada.id), { text: ['queued'] }, 'k')
  for (const [status, text] of [
    [502, '<html>Bad Gateway</html>'],
    [429, ''],
    [403, '<html>Forbidden</html>'],
    [503, '{"message":"no healthy upstream"}'],
  ] as const) {
    bot.emulator.faults.plan('sendMessage', { kind: 'page', status, text })
    expect(await codeOf(post())).toBe('later')
  }
  await post()
  expect(room.messages.size).toBe(1)
})

test('a server in front that waited for Telegram in vain: it may have arrived, doubtful', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  bot.world.privateRoom(ada)
  bot.emulator.faults.plan('sendMessage', { kind: 'page', status: 504, text: '<html>Gateway Timeout</html>' })
  expect(await codeOf(bot.chat.post(addressOf(ada.id), { text: ['queued'] }, 'k'))).toBe('doubtful')
})

test('too many requests in the middle of an upload: waits as told, and the picture arrives once', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const ref = await bot.chat.post(addressOf(ada.id), { text: ['queued'] }, 'k')
  const before = bot.clock.now()
  bot.emulator.faults.plan('editMessageMedia', { kind: 'refuse', refusal: tooMany(4) })
  await bot.chat.update(ref, { text: ['done'], pictures: [await bot.picture('a.png', 512, 512)] })
  expect(room.messages.get(1)!.message.caption).toBe('done')
  expect(bot.clock.now() - before).toBeGreaterThanOrEqual(4000)
})

test('whatever comes in the way of one message, one after another, it arrives', async () => {
  bot = await startBot(echo)
  const room = bot.people.group(-500, { topics: [44] })
  const words = ['message thread not found', 'message to be replied not found', 'message to be replied not found']
  const [topic, asked] = words.map((reason) => ({ kind: 'refuse', refusal: badRequest(reason) }) as const)
  const wait = { kind: 'refuse', refusal: tooMany(1) } as const
  bot.emulator.faults.plan('sendMessage', wait, topic!, wait, asked!)
  await bot.chat.post(addressOf(-500, { thread: 44, reply: 3 }), { text: ['done'] }, 'k')
  expect(room.messages.get(1)!.message.text).toBe('done')
})

test('a message whose topic is gone is gone, too', async () => {
  bot = await startBot(echo)
  bot.people.group(-500, { topics: [44] })
  const ref = await bot.chat.post(addressOf(-500, { thread: 44 }), { text: ['queued'] }, 'k')
  const refusal = badRequest('TOPIC_DELETED')
  bot.emulator.faults.plan('editMessageText', { kind: 'refuse', refusal }, { kind: 'refuse', refusal })
  expect(await codeOf(bot.chat.update(ref, { text: ['done'] }))).toBe('gone')
})

test.each([401, 404, 500])('a refusal with %i is not about the message: later', async (code) => {
  bot = await startBot(echo)
  const room = bot.people.group(-500)
  const post = () => bot.chat.post(addressOf(-500), { text: ['done'] }, 'k')
  bot.emulator.faults.plan('sendMessage', { kind: 'refuse', refusal: new Refusal(code, 'some words') })
  expect(await codeOf(post())).toBe('later')
  await post()
  expect(room.messages.size).toBe(1)
})

test('asked to wait without a time, it waits for three seconds', async () => {
  bot = await startBot(echo)
  bot.people.group(-500)
  const before = bot.clock.now()
  bot.emulator.faults.plan('sendMessage', { kind: 'refuse', refusal: new Refusal(429, 'Too Many Requests') })
  await bot.chat.post(addressOf(-500), { text: ['done'] }, 'k')
  expect(bot.clock.now() - before).toBeGreaterThanOrEqual(3000)
})

test('asked to wait for long, the core is told when to come back', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  bot.world.privateRoom(ada)
  bot.emulator.faults.plan('sendMessage', { kind: 'refuse', refusal: tooMany(600) })
  await expect(bot.chat.post(addressOf(ada.id), { text: ['queued'] }, 'k')).rejects.toMatchObject({
    code: 'later',
    retryAfterMs: 600_000,
  })
})

test('an answer that Telegram takes only after minutes is given up: what is in line may be drawn by then', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  bot.people.say(ada, bot.world.privateRoom(ada), 'a fox')
  bot.emulator.faults.plan('sendMessage', { kind: 'refuse', refusal: tooMany(600) })
  await expect((await bot.hears(1)).shown).rejects.toMatchObject({ code: 'later', retryAfterMs: 600_000 })
})

test('in a busy group progress gives way, and every answer arrives', async () => {
  bot = await startBot(({ text }) => ({ text: [`in line: ${text}`] }))
  const people = Array.from({ length: 14 }, (_, i) => bot.world.addUser(`person ${i}`))
  const room = bot.people.group(-500, { members: people })
  for (const [i, user] of people.entries()) bot.people.say(user, room, `/imagine fox ${i}`)
  await bot.hears(14)
  const refs = (await Promise.all(bot.heard.map(({ shown }) => shown))) as MessageRef[]
  const codes = await Promise.all(refs.map((ref) => codeOf(bot.chat.update(ref, { text: ['step 1'], working: true }))))
  expect(codes).toContain('later')

  for (const [i, ref] of refs.entries()) await asTheCoreDoes(() => bot.chat.update(ref, { text: [`done ${i}`] }))
  const texts = [...room.messages.values()].map(({ message }) => message.text)
  for (const i of refs.keys()) expect(texts).toContain(`done ${i}`)
})

test('a bot that was blocked, or thrown out, hears that the chat is gone', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  bot.world.privateRoom(ada)
  bot.world.blocked.add(ada.id)
  const room = bot.people.group(-500)
  room.members.set(bot.world.me.id, 'kicked')
  expect(await codeOf(bot.chat.post(addressOf(ada.id), { text: ['x'] }, 'k'))).toBe('gone')
  expect(await codeOf(bot.chat.post(addressOf(-500), { text: ['x'] }, 'k'))).toBe('gone')
  expect(await codeOf(bot.chat.post(addressOf(-999), { text: ['x'] }, 'k'))).toBe('gone')
})

test('a message that shows its place in line already is not edited when the line moves behind it', async () => {
  bot = await startBot(echo)
  const room = bot.people.group(-500)
  const inLine = (place: number) => ({ text: [`in line, place ${place}`], working: true })
  const ref = await bot.chat.post(addressOf(-500), inLine(3), 'k')
  for (const place of [3, 3, 2, 2]) await asTheCoreDoes(() => bot.chat.update(ref, inLine(place)))
  expect(bot.emulator.callsOf('editMessageText')).toMatchObject([{ text: 'in line, place 2' }])

  bot.emulator.faults.plan('editMessageText', { kind: 'refuse', refusal: tooMany(600) })
  expect(await codeOf(bot.chat.update(ref, inLine(1)))).toBe('later')
  bot.clock.advance(600_000)
  await bot.chat.update(ref, inLine(1))
  expect(room.messages.get(1)!.message.text).toBe('in line, place 1')
})

test('a message that was deleted is gone, an equal edit is a success, too long an id is refused', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const ref = await bot.chat.post(addressOf(ada.id), { text: ['same'] }, 'k')
  await bot.chat.update(ref, { text: ['same'] })
  room.messages.get(1)!.deleted = true
  expect(await codeOf(bot.chat.update(ref, { text: ['other'] }))).toBe('gone')
  const buttons = [[{ id: 'x'.repeat(65), label: 'x' }]]
  expect(await codeOf(bot.chat.post(addressOf(ada.id), { text: ['x'], buttons }, 'k'))).toBe('refused')
})

test('a group that became a supergroup is followed, also by jobs that only know its old id', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { type: 'group', members: [ada] })
  const ref = await bot.chat.post(addressOf(-500, { reply: 1 }), { text: ['queued'] }, 'k')
  const next = bot.people.upgrade(room, -1_000_500, [])
  expect(await codeOf(bot.chat.update(ref, { text: ['done'] }))).toBe('gone')
  await bot.chat.post(addressOf(-500, { reply: 1 }), { text: ['done'] }, 'k')
  expect(next.messages.get(1)!.message.text).toBe('done')
  expect(bot.emulator.calls.filter(({ refusal }) => refusal?.includes('upgraded'))).toHaveLength(1)
})

test('a message of the old group is no message of the new one: nothing there is changed or deleted in its place', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { type: 'group', members: [ada] })
  const ref = await bot.chat.post(addressOf(-500), { text: ['queued'] }, '1')
  const pictures = [await bot.picture('a.png'), await bot.picture('b.png')]
  const album = await bot.chat.post(addressOf(-500), { text: ['done'], pictures }, '2')
  const next = bot.people.upgrade(room, -1_000_500, [])
  for (let n = 0; n < 4; n++) await bot.chat.post(addressOf(-1_000_500), { text: ['another'] }, `${n}`)

  expect(await codeOf(bot.chat.update(ref, { text: ['done'] }))).toBe('gone')
  expect(await codeOf(bot.chat.update(album, { text: ['deleted'] }))).toBe('gone')
  expect([...next.messages.values()].map(({ message, deleted }) => deleted ?? message.text)).toEqual(
    Array.from({ length: 4 }, () => 'another'),
  )
})

test('a group that says it became a supergroup is believed before anything is refused', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { type: 'group', members: [ada] })
  const next = bot.people.upgrade(room, -1_000_500, ['old'])
  await bot.until(() => bot.emulator.updates.waiting() === 0 && bot.memory.notes.has('moved:-500'))
  await bot.chat.post(addressOf(-500), { text: ['done'] }, 'k')
  expect(next.messages.size).toBe(1)
  expect(bot.emulator.calls.filter(({ refusal }) => refusal)).toEqual([])
})

test('an answer in a topic arrives though the command that it answers was tidied away', async () => {
  let tidy = () => {}
  bot = await startBot((incoming) => {
    tidy()
    return echo(incoming)
  })
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { members: [ada], topics: [44] })
  tidy = () => {
    room.messages.get(1)!.deleted = true
  }
  bot.people.say(ada, room, '/imagine a fox', { thread: 44 })
  await (await bot.hears(1)).shown
  expect(room.messages.get(2)!.message).toMatchObject({ text: 'imagine: a fox', message_thread_id: 44 })
})

test('the result of a job whose topic was deleted goes to its group', async () => {
  bot = await startBot(echo)
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { members: [ada], topics: [44] })
  room.topics.set(44, 'deleted')
  await bot.chat.post(addressOf(-500, { thread: 44, reply: 3 }), { text: ['done'] }, 'k')
  expect(room.messages.get(1)!.message).not.toHaveProperty('message_thread_id')
  room.topics.set(45, 'closed')
  expect(await codeOf(bot.chat.post(addressOf(-500, { thread: 45 }), { text: ['done'] }, 'k'))).toBe('gone')
})
