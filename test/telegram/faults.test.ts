import { afterEach, expect, test } from 'vitest'
import { ChatError, type MessageRef, type View } from '../../src/chat.ts'
import { telegramWords } from '../../src/messages/telegram.ts'
import { startBot, type TestBot } from '../support/telegram/bot.ts'
import { addressOf, codeOf, echo } from '../support/telegram/posting.ts'
import { badRequest, forbidden, tooMany } from '../support/telegram/refusal.ts'

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
  ] as const) {
    bot.emulator.faults.plan('sendMessage', { kind: 'page', status, text })
    expect(await codeOf(post())).toBe('later')
  }
  await post()
  expect(room.messages.size).toBe(1)
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

test('a press is answered once and first; a word on the side is a toast of at most 200', async () => {
  const views: View[] = [
    { kind: 'notice', text: ['x'.repeat(300)] },
    { kind: 'replace', text: ['page 2'] },
    { kind: 'message', text: ['queued'] },
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
