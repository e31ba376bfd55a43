import { PermissionFlagsBits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { setting } from './setting.ts'
import { EXPIRED_MS, waiting } from './waiting.ts'

test('within fifteen minutes the result takes the place of "queued"', async () => {
  const { ann, finish, clock, emulator } = await waiting()
  clock.skip(14 * 60_000)
  await finish()
  await ann.sees(/done/u)
  expect(emulator.world.messages.size).toBe(1)
})

test('after fifteen minutes the result is a new message in the channel that pings only the one who asked', async () => {
  const { ann, finish, clock, emulator } = await waiting()
  clock.skip(EXPIRED_MS)
  await finish({ text: ['done ', { kind: 'typed', text: '@everyone <@&1> <@123456789012345678>' }] })
  const message = emulator.world.messages.get((await ann.sees(/done/u)).id)!
  expect(message).toMatchObject({ channel: emulator.world.lobby.id, pings: [ann.id], nonce: expect.any(String) })
})

test('the message that waited does so no more, and says where the picture is, when that came elsewhere', async () => {
  const { ann, show, finish, clock, emulator, picture } = await waiting()
  const text = ['in line ', { kind: 'typed', text: '@everyone' }] as const
  await show({ text, working: true, buttons: [[{ id: 'cancel:12', label: 'Cancel' }]] })
  const { id } = await ann.sees(/in line/u)
  clock.skip(13 * 60_000)
  await ann.sees(/new message in this channel/u)
  clock.skip(2 * 60_000)
  const result = ['done ', { kind: 'typed', text: '@everyone' }] as const
  await finish({ text: result, pictures: [await picture('fox.png')], buttons: [[{ id: 'again:12', label: 'Again' }]] })
  const done = await ann.sees(/done @everyone$/u)
  expect(done).toMatchObject({ pictures: [{}], buttons: ['Again'] })
  expect(emulator.world.messages.get(id)).toMatchObject({
    components: [],
    attachments: [],
    pings: [],
    content: 'done @everyone\nThe picture came as a new message.',
  })
  expect(emulator.world.messages.get(done.id)!.pings).toEqual([ann.id])
})

test.each([
  ['tells of no picture where none came', () => {}],
  [
    'keeps the result from nobody where it cannot be changed',
    ({ emulator }: Awaited<ReturnType<typeof waiting>>) =>
      emulator.faults.plan('PATCH', /^\/channels/u, { kind: 'status', status: 400, code: 50_035 }),
  ],
] as const)('the message that waited %s', async (_what, plan) => {
  const all = await waiting()
  const { ann, show, finish, clock, emulator } = all
  await show({ text: ['in line'], working: true })
  const { id } = await ann.sees(/in line/u)
  clock.skip(EXPIRED_MS)
  plan(all)
  await finish({ text: ['no luck'] })
  await ann.sees(/no luck/u)
  expect(emulator.world.messages.get(id)!.content).not.toMatch(/new message\.$/u)
})

test('the one who asked is pinged under a long prompt, too', async () => {
  const { ann, finish, clock, emulator } = await waiting()
  clock.skip(EXPIRED_MS)
  await finish({ text: [{ kind: 'typed', text: '*'.repeat(2_000) }, '\ndone'] })
  expect(emulator.world.messages.get((await ann.sees(/done/u)).id)!.pings).toEqual([ann.id])
})

test('a result in a new message can be changed for ever', async () => {
  const { ann, chat, finish, clock } = await waiting()
  clock.skip(EXPIRED_MS)
  const ref = await finish()
  clock.skip(24 * 3_600_000)
  await chat.update(ref, { text: ['deleted'] })
  await ann.sees(/^deleted/u)
})

test('where the bot may not post the late result comes as a direct message', async () => {
  const { ann, finish, clock, emulator } = await waiting({ fields: { app_permissions: '0' } })
  clock.skip(EXPIRED_MS)
  await finish()
  const message = await ann.sees(/could no longer reply where you asked[\s\S]*done/u)
  expect(emulator.world.messages.get(message.id)!.channel).toBe(ann.user.direct)
})

const { ViewChannel, SendMessages, SendMessagesInThreads, AttachFiles, Administrator } = PermissionFlagsBits
const may = (...held: readonly bigint[]) => ({ app_permissions: String(held.reduce((all, one) => all | one, 0n)) })
const inThread = { channel: { id: '1', type: 11 } }
test.each([
  ['may write and attach files', true, may(ViewChannel, SendMessages, AttachFiles)],
  ['is an administrator', true, may(Administrator)],
  ['may not attach files', false, may(ViewChannel, SendMessages)],
  ['may not see the channel', false, may(SendMessages, AttachFiles)],
  ['may write in threads', true, { ...may(ViewChannel, SendMessagesInThreads, AttachFiles), ...inThread }],
  ['may write, but not in threads', false, { ...may(ViewChannel, SendMessages, AttachFiles), ...inThread }],
  ['is there, and brought along, too', true, { authorizing_integration_owners: { 0: '1', 1: '2' } }],
  ['is only brought along', false, { authorizing_integration_owners: { 1: '2' } }],
])('the bot %s: that a late result goes to the channel is %s', async (_means, posts, fields) => {
  const { emulator, received, until } = await setting()
  const ann = emulator.person('ann')
  ann.next(fields)
  await ann.command('imagine', { prompt: 'a red fox' })
  await until(() => received.length === 1, 'the command')
  expect(received[0]!.address.route).toMatchObject({ mayPost: posts })
})

test('permissions that were taken away meanwhile send the late result to direct messages', async () => {
  const { ann, finish, clock, emulator } = await waiting()
  emulator.world.lobby.permissions = PermissionFlagsBits.ViewChannel
  clock.skip(EXPIRED_MS)
  await finish()
  expect((await ann.sees(/done/u)).private).toBe(true)
})

test('a message that somebody deleted is posted anew', async () => {
  const { ann, finish, emulator } = await waiting()
  emulator.world.messages.clear()
  await finish()
  expect((await ann.sees(/done/u)).private).toBe(false)
})

test('a channel that somebody deleted leaves direct messages', async () => {
  const { ann, finish, emulator } = await waiting()
  emulator.world.messages.clear()
  emulator.world.channels.delete(emulator.world.lobby.id)
  await finish()
  await ann.sees(/done/u)
})

test.each([
  [50_083, 'a thread that was closed'],
  [160_005, 'a thread that was locked'],
  [50_008, 'a channel that takes no messages'],
])('%i, %s meanwhile, leaves direct messages', async (code, _means) => {
  const { ann, finish, clock, emulator } = await waiting()
  clock.skip(EXPIRED_MS)
  emulator.faults.plan('POST', /^\/channels/u, { kind: 'status', status: 400, code })
  await finish()
  expect((await ann.sees(/done/u)).private).toBe(true)
})

test('a private result that comes late goes to direct messages and never to the channel', async () => {
  const { ann, chat, finish, clock, emulator } = await waiting({ private: true })
  clock.skip(EXPIRED_MS)
  const ref = await finish()
  const message = await ann.sees(/done/u)
  expect(emulator.world.messages.get(message.id)!.channel).toBe(ann.user.direct)
  await chat.update(ref, { text: ['deleted'] })
  expect((await ann.sees(/deleted/u)).id).toBe(message.id)
})

test("words that a server's AutoMod blocks come as a direct message", async () => {
  const { ann, finish, emulator } = await waiting({ fields: { app_permissions: '0' } })
  const blocked = { kind: 'status', status: 400, code: 200_000 } as const
  emulator.faults.plan('PATCH', /^\/webhooks\//u, blocked, 9)
  emulator.faults.plan('POST', /^\/webhooks\//u, blocked, 9)
  await finish()
  const message = await ann.sees(/done/u)
  expect(emulator.world.messages.get(message.id)!.channel).toBe(ann.user.direct)
})

test('where no more follow-ups are taken the result comes as a direct message', async () => {
  const { ann, finish, emulator } = await waiting({ fields: { app_permissions: '0' } })
  emulator.faults.plan('PATCH', /^\/webhooks\//u, { kind: 'status', status: 404, code: 10_008 }, 9)
  emulator.faults.plan('POST', /^\/webhooks\//u, { kind: 'status', status: 400, code: 40_094 }, 9)
  await finish()
  const message = await ann.sees(/done/u)
  expect(emulator.world.messages.get(message.id)!.channel).toBe(ann.user.direct)
})

test('closed direct messages mean that the result waits in the history', async () => {
  const { ann, finish, clock } = await waiting({ fields: { app_permissions: '0' } })
  ann.user.open = false
  clock.skip(EXPIRED_MS)
  await expect(finish()).rejects.toMatchObject({ code: 'gone' })
})

test('a message is changed only to what it does not show already', async () => {
  const { ann, show, emulator } = await waiting()
  for (const place of [3, 2, 2, 2, 1, 1]) await show({ text: [`place ${place}`], working: true })
  expect(emulator.world.messages.get((await ann.sees(/place 1/u)).id)!.edits).toBe(3)
})

test('buttons on old messages work, and change the message they are on', async () => {
  const { ann, clock, finish, core, discord, received } = await waiting()
  await finish({ text: ['done'], buttons: [[{ id: 'remove:12', label: 'Delete' }]] })
  const before = await ann.sees(/done/u)
  clock.skip(7 * 24 * 3_600_000)
  core(() => ({ kind: 'notice', text: ['in a moment'] }))
  await ann.press('Delete', before)
  await ann.sees(/in a moment/u)
  clock.skip(EXPIRED_MS)
  await discord.chat.update(received[1]!.pressed!, { text: ['deleted'] })
  expect((await ann.sees(/deleted/u)).id).toBe(before.id)
})

test('an answer that nobody knows of is taken up by the result', async () => {
  const { ann, chat, received, emulator } = await waiting()
  await chat.post(received[0]!.address, { text: ['done'] }, 'job-12')
  await ann.sees(/done/u)
  expect(emulator.world.messages.size).toBe(1)
})

test('a private answer that nobody knows of is taken up by the result, too', async () => {
  const { emulator, core, received, discord, deferred } = await setting()
  const slow = Promise.withResolvers<void>()
  core(() => slow.promise)
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox', private: true })
  await deferred(ann, 1)
  await discord.chat.post(received[0]!.address, { text: ['done'], private: true }, 'job-1')
  expect((await ann.sees(/done/u)).private).toBe(true)
  expect(emulator.world.messages.size).toBe(1)
  slow.resolve()
})

test('a message that was pressed is never taken for the answer', async () => {
  const { ann, chat, core, received, emulator, deferred } = await waiting()
  core(() => ({ text: ['old'], buttons: [[{ id: 'again:1', label: 'Again' }]] }))
  await ann.command('imagine', { prompt: 'an old one' })
  const old = await ann.sees(/old/u)
  const slow = Promise.withResolvers<void>()
  core(async (_, respond) => {
    await slow.promise
    await respond({ kind: 'notice', text: ['in a moment'] })
  })
  await ann.press('Again', old)
  await deferred(ann, 3)
  await chat.post(received[2]!.address, { text: ['done'] }, 'job-13')
  await ann.sees(/done/u)
  expect(emulator.world.messages.get(old.id)!.content).toBe('old')
  slow.resolve()
})

test('a result whose message was made by another process is shown in it', async () => {
  const { ann, run, show, discord, emulator, clock } = await waiting()
  await discord.stop()
  // Announces nothing any more.
  clock.skip(13 * 60_000)
  await run()
  await show({ text: ['done'] })
  const { id } = await ann.sees(/done/u)
  expect([...emulator.world.messages.values()]).toMatchObject([{ id, edits: 1 }])
})
