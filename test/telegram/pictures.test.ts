import { appendFileSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { MessageRef, View } from '../../src/chat.ts'
import { telegramWords } from '../../src/messages/telegram.ts'
import { startBot, type TestBot } from '../support/telegram/bot.ts'
import { addressOf, codeOf } from '../support/telegram/posting.ts'
import { badRequest } from '../support/telegram/refusal.ts'

let bot: TestBot
afterEach(() => bot.close())

test('one message carries a job from its place in line to its picture', async () => {
  bot = await startBot(() => ({
    text: ['3rd in line'],
    buttons: [[{ id: 'cancel:1', label: 'Cancel', style: 'danger' }], []],
    working: true,
  }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  bot.people.say(ada, room, 'a red fox')
  const { incoming, shown } = await bot.hears(1)
  const ref = (await shown) as MessageRef
  expect(room.messages.get(2)!.message.reply_markup!.inline_keyboard).toMatchObject([[{ style: 'danger' }]])
  expect(incoming).toMatchObject({ command: 'imagine', text: 'a red fox', from: { id: String(ada.id), direct: true } })

  const picture = await bot.picture('fox.png')
  await bot.chat.update(ref, { text: ['step 3/8'], working: true, buttons: [[{ id: 'cancel:1', label: 'Cancel' }]] })
  await bot.chat.update(ref, {
    text: [{ kind: 'typed', text: 'a red fox' }, '\nseed ', { kind: 'code', text: '42' }],
    pictures: [picture],
    buttons: [[{ id: 'again:1', label: '🎲' }]],
  })

  expect(room.messages.size).toBe(2)
  const { message } = room.messages.get(2)!
  expect(message).toMatchObject({
    caption: 'a red fox\nseed 42',
    caption_entities: [{ type: 'code', offset: 15, length: 2 }],
    photo: [{ width: 64, height: 64 }],
    reply_markup: { inline_keyboard: [[{ text: '🎲', callback_data: 'again:1' }], [{ text: '📄 PNG' }]] },
  })
})

test('a chart that takes the place of the last one is shown as it is now', async () => {
  bot = await startBot(() => ({ text: [] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const address = addressOf(ada.id)
  for (const edge of [64, 80]) {
    const pictures = [{ ...(await bot.picture('chart.png', edge, edge)), passing: true }]
    await bot.chat.post(address, { text: ['today'], pictures }, `chart ${edge}`)
  }
  expect([...room.messages.values()].map(({ message }) => message.photo?.at(-1)?.width)).toEqual([64, 80])
})

test('a picture that is to be covered is covered, whether it is new or takes the place of a text', async () => {
  bot = await startBot(() => ({ text: ['queued'] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  bot.people.say(ada, room, 'a red fox')
  const ref = (await (await bot.hears(1)).shown) as MessageRef
  const pictures = [{ ...(await bot.picture('fox.png')), spoiler: true }]
  await bot.chat.update(ref, { text: ['done'], pictures })
  await bot.chat.post(addressOf(ada.id), { text: [], pictures }, 'key')
  expect(bot.emulator.callsOf('editMessageMedia')[0]).toMatchObject({ media: { has_spoiler: true } })
  expect(bot.emulator.callsOf('sendPhoto')[0]).toMatchObject({ has_spoiler: true })
})

test('a picture that was sent before is sent by its id, and by its bytes when the id is no longer good', async () => {
  bot = await startBot(() => ({ text: [] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const address = addressOf(ada.id)
  const view = { text: ['again'], pictures: [await bot.picture('same.png')] }

  await bot.chat.post(address, view, '1')
  await bot.chat.post(address, view, '2')
  expect(bot.world.files.size).toBe(1)

  bot.world.files.clear()
  await bot.chat.post(address, view, '3')
  expect(bot.world.files.size).toBe(1)
  expect(room.messages.size).toBe(3)

  bot.emulator.faults.plan('sendPhoto', { kind: 'refuse', refusal: badRequest('invalid remote file identifier') })
  await bot.chat.post(address, view, '4')
  expect(bot.world.files.size).toBe(2)
})

test('a picture too long for a photo goes as a file', async () => {
  bot = await startBot(() => ({ text: [] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const picture = await bot.picture('strip.png', 1344, 64)
  await bot.chat.post(addressOf(ada.id), { text: [], pictures: [picture] }, 'k')
  expect(room.messages.get(1)!.message.document).toMatchObject({ file_name: 'strip.png' })
})

test('a picture too large for a photo goes as a file', async () => {
  bot = await startBot(() => ({ text: [] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const picture = await bot.picture('noise.png')
  appendFileSync(join(bot.dataDir, 'noise.png'), Buffer.alloc(10_000_000))
  await bot.chat.post(addressOf(ada.id), { text: [], pictures: [picture] }, 'k')
  expect(room.messages.get(1)!.message.document).toMatchObject({ file_name: 'noise.png' })
})

test('the original and an export come as files with their names', async () => {
  const content = new Uint8Array([1, 2, 3])
  bot = await startBot(() => ({ text: ['here it is'], files: [{ name: 'fox 1.png', mime: 'image/png', content }] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  bot.people.say(ada, room, '/help')
  await (await bot.hears(1)).shown
  const { message } = room.messages.get(2)!
  expect(message).toMatchObject({ caption: 'here it is', document: { file_name: 'fox-1.png' } })
  expect([...bot.world.files.get(message.document!.file_id)!.content]).toEqual([1, 2, 3])
  // A file beside a picture is an answer to it.
  const view = { text: ['both'], pictures: [await bot.picture('fox.png')] }
  await bot.chat.post(addressOf(ada.id), { ...view, files: [{ name: 'fox.json', mime: 'text/plain', content }] }, 'k')
  expect(bot.emulator.callsOf('sendDocument').at(-1)).toMatchObject({ reply_parameters: { message_id: 3 } })
})

test('a caption is cut to 1,024 units in the prompt, and no emoji is cut in two', async () => {
  bot = await startBot(() => ({ text: [] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const text = [{ kind: 'typed', text: '🦊'.repeat(600) }, '\nseed ', { kind: 'code', text: '42' }] as const
  await bot.chat.post(addressOf(ada.id), { text, pictures: [await bot.picture('fox.png')] }, 'k')
  const { caption } = room.messages.get(1)!.message
  expect(caption!.length).toBeLessThanOrEqual(1024)
  expect(caption!.length).toBeGreaterThan(1020)
  expect(caption).toMatch(/^🦊+…\nseed 42$/u)
})

test('what a person typed pings nobody, links nowhere and is shown as typed', async () => {
  bot = await startBot(() => ({ text: [] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const prompt =
    '*bold* <b>@everyone</b> @durov #fox /start evil.example.com 🦊.la foo_.com [x](http://y.example) a fox'
  await bot.chat.post(addressOf(ada.id), { text: ['Prompt: ', { kind: 'typed', text: prompt }] }, 'k')
  const { message } = room.messages.get(1)!
  expect(message.text).toBe(`Prompt: ${prompt}`)
  expect(new Set(message.entities!.map(({ type }) => type))).toEqual(new Set(['code']))
  expect(bot.emulator.callsOf('sendMessage')[0]).toMatchObject({ link_preview_options: { is_disabled: true } })
  for (const call of bot.emulator.calls) expect(call.params).not.toHaveProperty('parse_mode')
})

test('📄 gives the very file that was drawn, and says so when it is no longer kept', async () => {
  bot = await startBot(() => ({ text: [] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const picture = await bot.picture('fox.png')
  const address = addressOf(ada.id)
  await bot.chat.post(address, { text: ['done'], pictures: [picture], job: 7 }, 'k')
  const original = readFileSync(join(bot.dataDir, 'fox.png'))

  bot.people.press(ada, room.messages.get(1)!, 'file:7')
  const { message } = await bot.until(() => room.messages.get(2))
  expect(message.document).toMatchObject({ file_name: 'fox.png' })
  expect(bot.world.files.get(message.document!.file_id)!.content.equals(original)).toBe(true)

  rmSync(join(bot.dataDir, 'fox.png'))
  bot.people.press(ada, room.messages.get(1)!, 'file:7')
  expect((await bot.until(() => bot.world.toasts[0])).text).toBe(telegramWords.en.originalGone)
})

test('📄 fills no group: whoever presses again reads that the file is there, until it may have scrolled away', async () => {
  bot = await startBot(() => ({ text: [] }))
  const [ada, bob] = [bot.world.addUser('Ada'), bot.world.addUser('Bob')]
  const group = bot.people.group(-500, { members: [ada, bob] })
  await bot.chat.post(addressOf(-500), { text: ['done'], pictures: [await bot.picture('fox.png')], job: 7 }, 'k')
  const press = (who: typeof ada) => bot.people.press(who, group.messages.get(1)!, 'file:7')
  const fileIn = async (id: number) => (await bot.until(() => group.messages.get(id))).message.document?.file_name

  press(ada)
  expect(await fileIn(2)).toBe('fox.png')
  press(bob)
  expect((await bot.until(() => bot.world.toasts[0])).text).toBe(telegramWords.en.originalShown)
  bot.clock.advance(60_000)
  press(bob)
  expect(await fileIn(3)).toBe('fox.png')
})

test('what comes to a group makes no sound there; in a private chat it does', async () => {
  const [one, two] = ['a.png', 'bb.png']
  bot = await startBot(() => ({ text: [] }))
  const ada = bot.world.addUser('Ada')
  bot.world.privateRoom(ada)
  bot.people.group(-500, { members: [ada] })
  const pictures = [await bot.picture(one), await bot.picture(two)]
  const file = { name: 'a.json', mime: 'application/json', content: new Uint8Array([1]) }
  const views: View[] = [{ text: ['x'] }, { text: ['x'], pictures: [pictures[0]!] }, { text: ['x'], pictures }]
  for (const view of [...views, { text: ['x'], files: [file] }])
    for (const chat of [-500, ada.id]) await bot.chat.post(addressOf(chat), view, `${JSON.stringify(view)} ${chat}`)
  const sent = bot.emulator.calls.filter(({ method }) => method.startsWith('send') && method !== 'sendChatAction')
  const silent = sent.filter(({ params }) => 'disable_notification' in params)
  expect(silent.map(({ method }) => method)).toEqual([
    'sendMessage',
    'sendPhoto',
    'sendMediaGroup',
    'sendMessage',
    'sendDocument',
  ])
  expect(silent.every(({ params }) => Number((params as { chat_id: unknown }).chat_id) === -500)).toBe(true)
  expect(sent).toHaveLength(10)
})

test('🗑 takes the picture away and leaves a word; of an album, every picture', async () => {
  bot = await startBot(({ pressed }) => ({ ...(pressed && { kind: 'replace' as const }), text: ['gone'] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const address = addressOf(ada.id)
  const shown = () => [...room.messages.values()].filter(({ deleted }) => !deleted).map(({ message }) => message)

  await bot.chat.post(address, { text: ['done'], pictures: [await bot.picture('a.png')] }, '1')
  bot.people.press(ada, room.messages.get(1)!, 'remove:1')
  await bot.until(() => shown().some(({ text }) => text === 'gone'))
  expect(shown().filter(({ photo }) => photo)).toEqual([])
  // What is refused takes a place in a group's minute, too.
  expect(bot.emulator.calls.filter(({ refusal }) => refusal)).toEqual([])

  const pictures = [await bot.picture('b.png'), await bot.picture('c.png')]
  await bot.chat.post(address, { text: ['two'], pictures }, '2')
  const buttons = [...room.messages.values()].find(({ message }) => message.text === 'two')!
  bot.people.press(ada, buttons, 'remove:2')
  await bot.until(() => buttons.message.text === 'gone')
  expect(shown().filter(({ photo }) => photo)).toEqual([])
})

test('where a text cannot become a picture it makes room for one', async () => {
  bot = await startBot(() => ({ text: [] }))
  bot.world.isOld = true
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const ref = await bot.chat.post(addressOf(ada.id), { text: ['queued'] }, 'k')
  expect(await codeOf(bot.chat.update(ref, { text: ['done'], pictures: [await bot.picture('fox.png')] }))).toBe('gone')
  expect(room.messages.get(1)!.deleted).toBe(true)
})

test('a message that must lose its picture is gone, so that the core can say the rest elsewhere', async () => {
  bot = await startBot(() => ({ text: [] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const address = addressOf(ada.id)
  const ref = await bot.chat.post(address, { text: ['done'], pictures: [await bot.picture('a.png')] }, '1')
  await expect(bot.chat.update(ref, { text: ['deleted'] })).rejects.toMatchObject({ code: 'gone' })
  expect(room.messages.get(1)!.deleted).toBe(true)
})

test('🗑 on a picture too old to be deleted paints it over, also in an album', async () => {
  bot = await startBot(() => ({ kind: 'replace', text: ['gone'] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const address = addressOf(ada.id)
  const pictures = [await bot.picture('b.png'), await bot.picture('c.png')]
  await bot.chat.post(address, { text: ['one'], pictures: [await bot.picture('a.png')] }, '1')
  await bot.chat.post(address, { text: ['two'], pictures }, '2')
  bot.clock.advance(49 * 3_600_000)
  bot.people.press(ada, room.messages.get(1)!, 'remove:1')
  const buttons = [...room.messages.values()].find(({ message }) => message.text === 'two')!
  bot.people.press(ada, buttons, 'remove:2')

  const names = () =>
    [...room.messages.values()].flatMap(
      ({ message }) => message.photo?.map(({ file_id }) => bot.world.files.get(file_id)!.name) ?? [],
    )
  await bot.until(() => names().every((name) => name === 'deleted.png'))
  expect(names()).toHaveLength(3)
  expect((await bot.until(() => buttons.message.text === 'gone' && buttons.message)).text).toBe('gone')
  expect(room.messages.get(1)!.message.caption).toBe('gone')
})
