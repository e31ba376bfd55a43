import { expect, test } from 'vitest'
import type { Incoming } from '../../src/chat.ts'
import { commandTable } from '../../src/commands/registry.ts'
import { setting } from './setting.ts'

test('a slash command reaches the core with its values, its person and its place', async () => {
  const { emulator, received } = await setting()
  const ann = emulator.person('ann', { locale: 'zh-CN', moderator: true })
  await ann.command('imagine', { prompt: 'a red fox', seed: 4_000_000_000, private: false })
  await ann.sees(/hello/u)
  expect(received).toMatchObject([
    {
      command: 'imagine',
      values: { prompt: 'a red fox', seed: 4_000_000_000, private: false },
      from: { platform: 'discord', id: ann.id, name: 'ann', locale: 'zh-CN', moderator: true, direct: false },
      address: { platform: 'discord', chat: emulator.world.lobby.id },
    },
  ])
})

test('a person has the name that they go by in the server', async () => {
  const { emulator, received, until } = await setting()
  const ann = emulator.person('ann')
  const user = { id: ann.id, username: 'ann', global_name: 'Ann Ames' }
  for (const nick of ['Annie', null]) {
    ann.next({ member: { user, nick, roles: [], permissions: '0' } })
    await ann.command('imagine', { prompt: 'a red fox' })
  }
  await until(() => received.length === 2, 'both commands')
  expect(received.map(({ from }) => from.name)).toEqual(['Annie', 'Ann Ames'])
})

test('a conversation with the bot alone is direct, and nobody is a moderator there', async () => {
  const { emulator, received } = await setting()
  const ann = emulator.person('ann', { direct: true })
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.sees(/hello/u)
  expect(received).toMatchObject([{ from: { direct: true, moderator: false }, address: { chat: ann.user.direct } }])
  // Not told, which is not none.
  expect(received[0]!.from.roles).toBeUndefined()
})

test('typing a style brings suggestions of the core', async () => {
  const { emulator } = await setting()
  const ann = emulator.person('ann')
  expect(await ann.suggestions('imagine', 'style', 'water')).toEqual([{ name: 'water…', value: 'water' }])
})

test('the longest value that Discord takes is suggested, and no longer one', async () => {
  const { emulator } = await setting()
  const ann = emulator.person('ann')
  const longest = 'a'.repeat(100)
  expect(await ann.suggestions('imagine', 'style', longest)).toEqual([{ name: `${'a'.repeat(99)}…`, value: longest }])
  expect(await ann.suggestions('imagine', 'style', `${longest}a`)).toEqual([])
})

test('suggestions that come too late are no fault', async () => {
  const faults: object[] = []
  const log = { info: () => {}, warn: () => {}, error: (fields: object) => faults.push(fields) }
  const { emulator } = await setting({ discord: { log } })
  const ann = emulator.person('ann')
  emulator.faults.plan('POST', /callback/u, { kind: 'status', status: 404, code: 10062 })
  void ann.suggestions('imagine', 'style', 'wat').catch(() => {})
  await emulator.world.until(
    () => emulator.requests.some(({ status }) => status === 404) || undefined,
    () => 'the late answer',
  )
  expect(await ann.suggestions('imagine', 'style', 'water')).toHaveLength(1)
  expect(faults).toEqual([])
})

test('every command of the house is taken, with suggestions for prompts and styles instead of lists', async () => {
  const { emulator, until } = await setting({ discord: { commands: commandTable() } })
  await until(() => emulator.world.registrations === 1, 'the registration')
  const options = emulator.world.commands.get('1:imagine')!.options!
  for (const name of ['prompt', 'style']) {
    const option = options.find((option) => option.name === name)
    expect(option).toMatchObject({ autocomplete: true })
    expect(option).not.toHaveProperty('choices')
  }
})

test('typing a number brings numbers', async () => {
  const { emulator } = await setting()
  const ann = emulator.person('ann')
  expect(await ann.suggestions('show', 'job', '12')).toEqual([{ name: '12…', value: 12 }])
})

test('the core is told which channels are for adults', async () => {
  const { emulator, received } = await setting()
  const ann = emulator.person('ann')
  ann.next({ channel: { id: emulator.world.lobby.id, type: 0, nsfw: true } })
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.sees(/hello/u)
  expect(received[0]!.from.ageRestricted).toBe(true)
})

test('a thread is for adults where its channel is, which is looked up once', async () => {
  const { emulator, received } = await setting()
  const { world } = emulator
  const adults = world.addChannel(world.guild, { nsfw: true })
  const ann = emulator.person('ann')
  for (const parent of [adults.id, adults.id, world.lobby.id, '1100000000000000009']) {
    ann.next({ channel: { id: world.lobby.id, type: 11, nsfw: false, parent_id: parent } })
    await ann.command('imagine', { prompt: 'a red fox' })
    await world.until(
      () => received.length === 4 || ann.last().answeredAt,
      () => 'the answer',
    )
  }
  expect(received.map(({ from }) => from.ageRestricted)).toEqual([true, true, false, false])
  expect(emulator.requests.filter(({ method, path }) => method === 'GET' && path.includes('channels'))).toHaveLength(3)
})

test('a channel that the bot may not see is looked at once; after ten minutes, or with the clock set back, anew', async () => {
  const { emulator, until, received, clock } = await setting()
  const { world } = emulator
  const ann = emulator.person('ann')
  const looks = () =>
    emulator.requests.filter(({ method, path }) => method === 'GET' && path.includes('channels')).length
  const skips = [0, 0, 11 * 60_000, -3_600_000]
  for (const [i, ms] of skips.entries()) {
    clock.skip(ms)
    ann.next({ channel: { id: world.lobby.id, type: 11, parent_id: '1100000000000000009' } })
    await ann.command('imagine', { prompt: 'a red fox' })
    await until(() => received.length === i + 1, 'the command')
    expect(looks()).toBe([1, 1, 2, 3][i])
  }
})

test('many who ask in one thread at once wait for one look at its channel', async () => {
  const { emulator, received, until } = await setting()
  const { world } = emulator
  const adults = world.addChannel(world.guild, { nsfw: true })
  for (const name of ['ann', 'bob', 'cleo']) {
    const person = emulator.person(name)
    person.next({ channel: { id: world.lobby.id, type: 11, parent_id: adults.id } })
    await person.command('imagine', { prompt: 'a red fox' })
  }
  await until(() => received.length === 3, 'all three')
  expect(received.map(({ from }) => from.ageRestricted)).toEqual([true, true, true])
  expect(emulator.requests.filter(({ method, path }) => method === 'GET' && path.includes('channels'))).toHaveLength(1)
})

test.each([
  [11, 'its channel'],
  [12, 'a chat of its own'],
] as const)('to the core a thread of type %i is %s, and is answered in', async (type, _means) => {
  const { emulator, received, discord } = await setting()
  const { world } = emulator
  const thread = world.addChannel(world.guild).id
  const ann = emulator.person('ann')
  ann.next({ channel_id: thread, channel: { id: thread, type, parent_id: world.lobby.id } })
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.sees(/hello/u)
  const [{ address }] = received as [Incoming]
  expect(address.chat).toBe(type === 11 ? world.lobby.id : thread)
  world.messages.clear()
  await discord.chat.post(address, { text: ['done'] }, 'job-1')
  expect([...world.messages.values()].map(({ channel }) => channel)).toEqual([thread])
})

test('a menu entry on a message of ours whose picture is no PNG any more means its job', async () => {
  const { emulator, core, received, picture } = await setting()
  const shown = { ...(await picture('fox.png', 256)), name: 'zimagine-12-7.png', spoiler: true }
  core(() => ({ text: ['here'], pictures: [shown] }))
  const ann = emulator.person('ann')
  ann.next({ attachment_size_limit: 100_000 })
  await ann.command('imagine', { prompt: 'a red fox' })
  const message = await ann.sees(/here/u)
  core(() => ({ kind: 'notice', text: ['drawn with seed 7'] }))
  await ann.choose('Picture details', message)
  await ann.sees(/seed 7/u)
  expect(received[1]).toMatchObject({ command: 'show', values: { job: 12 } })
  expect(received[1]).not.toHaveProperty('attachment')
})

test('a menu entry on several pictures means the one that tells how it was drawn', async () => {
  const { emulator, core, received, picture, until } = await setting()
  const pictures = [await picture('1.png'), await picture('2.png', 8, true), await picture('3.png')]
  core(() => ({ text: ['here'], pictures }))
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  const message = await ann.sees(/here/u)
  core(() => ({ kind: 'notice', text: ['drawn with seed 7'] }))
  await ann.choose('Picture details', message)
  await ann.sees(/seed 7/u)
  expect(Buffer.from((await received[1]!.attachment!()) as Uint8Array)).toEqual(message.pictures[1])
  core(() => ({ text: ['others'], pictures: [pictures[0]!, pictures[2]!] }))
  await ann.command('imagine', { prompt: 'a red fox' })
  const others = await ann.sees(/others/u)
  await ann.choose('Picture details', others)
  await until(() => received.length === 4, 'the second choice')
  expect(Buffer.from((await received[3]!.attachment!()) as Uint8Array)).toEqual(others.pictures[0])
})

test.each([
  ['by the application', true, (app: string) => ({ application_id: app })],
  ["by the application's bot", true, (app: string) => ({ author: { id: app } })],
  ['by somebody else', false, () => ({ application_id: '1', author: { id: '2' } })],
])('that a name of a picture in a message %s tells its job is %s', async (_who, tells, from) => {
  const { emulator, received, until } = await setting()
  const ann = emulator.person('ann')
  const attachments = [{ filename: 'zimagine-12-7.webp', url: 'x' }]
  const message = { id: emulator.world.id(), attachments, ...from(emulator.world.application) }
  const messages = { [message.id]: message }
  ann.next({ data: { id: '1', name: 'Picture details', type: 3, target_id: message.id, resolved: { messages } } })
  await ann.command('show')
  await until(() => received.length === 1, 'the command')
  expect(received[0]!.values?.job).toBe(tells ? 12 : undefined)
})

test('a menu entry on any message with a picture hands its bytes to the core, re-posted ones too', async () => {
  const { emulator, core, received, picture } = await setting()
  const shown = await picture('fox.png')
  core(() => ({ text: ['here'], pictures: [shown] }))
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  const message = await ann.sees(/here/u)
  core(() => ({ kind: 'notice', text: ['drawn with seed 7'] }))
  await ann.choose('Picture details', message)
  await ann.sees(/seed 7/u)
  expect(received[1]).toMatchObject({ command: 'show' })
  expect(Buffer.from((await received[1]!.attachment!()) as Uint8Array)).toEqual(message.pictures[0])
})

test('a menu entry on a link to a picture means what Discord shows of it', async () => {
  const { emulator, core, received, until, picture } = await setting()
  const shown = await picture('fox.png')
  core(() => ({ text: ['here'], pictures: [shown] }))
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  const message = await ann.sees(/here/u)
  const { url } = emulator.world.messages.get(message.id)!.attachments[0]!
  // As much of it as Discord promises.
  const link = { id: emulator.world.id(), embeds: [{ type: 'image', thumbnail: { url: 'x', proxy_url: url } }] }
  const messages = { [link.id]: link }
  ann.next({ data: { id: '1', name: 'Picture details', type: 3, target_id: link.id, resolved: { messages } } })
  await ann.choose('Picture details', message)
  await until(() => received.length === 2, 'the second command')
  expect(Buffer.from((await received[1]!.attachment!()) as Uint8Array)).toEqual(message.pictures[0])
})

test('a menu entry on a message without a picture says so to the core, and a typed command nothing', async () => {
  const { emulator, received, until } = await setting()
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.choose('Picture details', await ann.sees(/hello/u))
  await until(() => received.length === 2, 'the second command')
  await ann.command('show')
  await until(() => received.length === 3, 'the third command')
  expect(await Promise.all(received.map(({ attachment }) => attachment?.()))).toEqual([
    undefined,
    'no-picture',
    undefined,
  ])
})

test.each([404, 503])(
  'a menu entry on a picture that Discord answers with %i says to the core that it has none',
  async (status) => {
    const { emulator, core, received, until, picture } = await setting()
    const shown = await picture('fox.png')
    core(() => ({ text: ['here'], pictures: [shown] }))
    const ann = emulator.person('ann')
    await ann.command('imagine', { prompt: 'a red fox' })
    emulator.faults.plan('GET', /^\/attachments\//u, { kind: 'status', status })
    await ann.choose('Picture details', await ann.sees(/here/u))
    await until(() => received.length === 2, 'the second command')
    expect(await received[1]!.attachment!()).toBe('picture-not-fetched')
  },
)

// Left to itself, the fetching ends after 20 seconds.

test('a picture that is still on its way is not waited for at the end', { timeout: 15_000 }, async () => {
  const { clock, emulator, core, discord, until, picture } = await setting()
  const shown = await picture('fox.png')
  core(() => ({ text: ['here'], pictures: [shown] }))
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  const message = await ann.sees(/here/u)
  const fetched = Promise.withResolvers<unknown>()
  core(async ({ attachment }) => fetched.resolve(await attachment!()))
  emulator.faults.plan('GET', /^\/attachments\//u, { kind: 'held' })
  await ann.choose('Picture details', message)
  await until(() => emulator.faults.holding() === 1, 'the picture')
  const stopped = discord.stop()
  clock.skip(5_000)
  await stopped
  expect(await fetched.promise).toBe('picture-not-fetched')
})

test('an application that a person brought along to a server answers there too', async () => {
  const { emulator, received } = await setting()
  const ann = emulator.person('ann')
  ann.next({ authorizing_integration_owners: { 1: ann.id }, app_permissions: '0' })
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.sees(/hello/u)
  expect(received[0]!.address.route).toMatchObject({ mayPost: false })
})
