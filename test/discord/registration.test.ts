import { expect, test } from 'vitest'
import { commands, setting } from './setting.ts'

test('commands show up in English and Chinese, required options first, with their choices and limits', async () => {
  const { emulator, until } = await setting()
  await until(() => emulator.world.registrations === 1, 'the registration')
  expect(emulator.world.commands.get('1:imagine')).toMatchObject({
    name_localizations: { 'zh-CN': '画图', 'zh-TW': '画图' },
    description: 'Draw a picture',
    description_localizations: { 'zh-CN': '画一幅画', 'zh-TW': '画一幅画' },
    contexts: [0, 1, 2],
    integration_types: [0, 1],
    default_member_permissions: null,
    options: [
      { name: 'prompt', name_localizations: { 'zh-CN': '提示词' }, type: 3, required: true, max_length: 2_000 },
      { name: 'seed', type: 4, min_value: 0, max_value: 4_294_967_295 },
      { name: 'aspect', choices: [{ name: 'Wide', value: 'wide', name_localizations: { 'zh-CN': '宽' } }] },
      { name: 'style', autocomplete: true },
      { name: 'private', type: 5 },
    ],
  })
})

test('moderator and admin commands are hidden by default, and commands of buttons are no commands', async () => {
  const { emulator, until } = await setting()
  await until(() => emulator.world.registrations === 1, 'the registration')
  const permissions = (name: string) => emulator.world.commands.get(`1:${name}`)?.default_member_permissions
  expect(permissions('settings')).toBe(8_192)
  expect(permissions('quota_admin')).toBe(8)
  expect(emulator.world.commands.has('1:cancel')).toBe(false)
})

test('commands are registered again only when they changed', async () => {
  const { emulator, run, discord, until } = await setting()
  await until(() => emulator.world.registrations === 1, 'the registration')
  await discord.stop()
  const same = await run()
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.sees(/hello/u)
  await same.stop()
  expect(emulator.world.registrations).toBe(1)
  await run({ commands: commands.slice(1) })
  await until(() => emulator.world.registrations === 2, 'the changed registration')
  expect(emulator.world.commands.has('1:imagine')).toBe(false)
})

test('another application is told the commands, too', async () => {
  const { emulator, run, discord, store, until } = await setting()
  await until(() => emulator.world.registrations === 1, 'the registration')
  await discord.stop()
  const stored = JSON.parse(store.read()!)
  store.write(JSON.stringify({ ...stored, commands: { ...stored.commands, app: '1100000000000000009' } }))
  await run()
  await until(() => emulator.world.registrations === 2, 'the registration of the other')
})

test('commands keep their ids when they are registered again', async () => {
  const { emulator, run, discord, until } = await setting()
  await until(() => emulator.world.registrations === 1, 'the registration')
  const { id } = emulator.world.commands.get('1:settings')!
  await discord.stop()
  await run({ commands: commands.slice(1) })
  await until(() => emulator.world.registrations === 2, 'the changed registration')
  expect(emulator.world.commands.get('1:settings')!.id).toBe(id)
})

test('with servers named, commands are registered there and nowhere else', async () => {
  const { emulator, until } = await setting({ discord: { guilds: ['123456789012345678'] } })
  await until(() => emulator.world.registrations === 1, 'the registration')
  const paths = emulator.requests.filter(({ method }) => method === 'PUT').map(({ path }) => path)
  expect(paths).toEqual([`/applications/${emulator.world.application}/guilds/123456789012345678/commands`])
  expect(emulator.world.commands.get('123456789012345678/1:imagine')).not.toHaveProperty('contexts')
})

/** The commands were registered, the adapter has stopped, and Discord will refuse them for one of two servers. */
async function settingWithRefusal() {
  const [refusing, other] = ['123456789012345678', '123456789012345679'] as const
  const made = await setting()
  const { emulator, discord, until } = made
  await until(() => emulator.world.registrations === 1, 'the registration')
  await discord.stop()
  emulator.faults.plan('PUT', new RegExp(`guilds/${refusing}`, 'u'), { kind: 'status', status: 403, code: 50_001 }, 9)
  return { ...made, refusing, other }
}

test('a server that refuses its commands lets nothing be told again to those that took them', async () => {
  const { emulator, run, refusing, other } = await settingWithRefusal()
  const told = () => emulator.requests.filter(({ method }) => method === 'PUT').map(({ status }) => status)
  for (const statuses of [
    [200, 403, 200, 200],
    [200, 403, 200, 200, 403],
  ]) {
    const refused = Promise.withResolvers<void>()
    const log = { info: () => {}, warn: () => {}, error: () => refused.resolve() }
    const started = await run({ guilds: [refusing, other], log })
    await refused.promise
    expect(told()).toEqual(statuses)
    await started.stop()
  }
})

test('a server that refuses its commands keeps no other waiting', async () => {
  const { emulator, run, until, refusing, other } = await settingWithRefusal()
  await run({ guilds: [refusing, other] })
  await until(() => emulator.world.commands.has(`${other}/1:imagine`), 'the registration in the other')
})

test('commands that are limited to servers from now on are taken back everywhere else', async () => {
  const { emulator, discord, run, until } = await setting()
  await until(() => emulator.world.registrations === 1, 'the registration')
  await discord.stop()
  const limited = await run({ guilds: ['123456789012345678'] })
  await until(() => emulator.world.registrations === 3, 'the registration in the server')
  const servers = () => new Set([...emulator.world.commands.values()].map((command) => command.guild_id))
  expect(servers()).toEqual(new Set(['123456789012345678']))
  await limited.stop()
  await run()
  await until(() => emulator.world.registrations === 5, 'the registration everywhere')
  expect(servers()).toEqual(new Set([undefined]))
})

test('commands need not be taken back in a server that the application has left', async () => {
  const guild = '123456789012345678'
  const { emulator, discord, run, store, until } = await setting({ discord: { guilds: [guild] } })
  await until(() => emulator.world.registrations === 1, 'the registration in the server')
  await discord.stop()
  emulator.faults.plan('PUT', new RegExp(`guilds/${guild}`, 'u'), { kind: 'status', status: 403, code: 50_001 })
  const done = Promise.withResolvers<unknown>()
  const told = (_: object, message: string) => void (message.includes('commands') && done.resolve(message))
  await run({ guilds: [], log: { info: told, warn: told, error: told } })
  expect(await done.promise).toBe('commands are registered with Discord')
  expect(Object.keys(JSON.parse(store.read()!).commands.taken)).toEqual(['everywhere'])
})

test('a registration that Discord refuses for now is tried again', async () => {
  const { emulator, clock, until, discord, run, store } = await setting()
  await until(() => emulator.world.registrations === 1, 'the registration')
  await discord.stop()
  store.write('null')
  const refused = async () => {
    emulator.faults.plan('PUT', /commands$/u, { kind: 'status', status: 503 })
    const told = Promise.withResolvers<void>()
    const discord = await run({ log: { info: () => {}, warn: () => {}, error: () => setImmediate(told.resolve) } })
    await told.promise
    return discord
  }
  // Not after the end.
  await (await refused()).stop()
  clock.skip(60_000)
  await refused()
  clock.skip(60_000)
  await until(() => emulator.world.registrations === 2, 'the second attempt')
  expect(emulator.requests.filter(({ method }) => method === 'PUT')).toHaveLength(4)
})
