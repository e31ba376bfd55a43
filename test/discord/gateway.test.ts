import dns from 'node:dns'
import { createServer } from 'node:http'
import { expect, onTestFinished, test, vi } from 'vitest'
import { connected, setting } from './setting.ts'

test('a reset connection is resumed, and what was asked meanwhile is answered', async () => {
  const { emulator, ann, until } = await connected()
  emulator.gateway.reset()
  await until(() => !emulator.gateway.connected(), 'the reset')
  await ann.command('imagine', { prompt: 'the second' })
  await ann.sees(/back again/u)
  expect([emulator.gateway.identified(), emulator.gateway.resumed()]).toEqual([1, 1])
})

test('a closed connection comes back', async () => {
  const { emulator, ann } = await connected()
  emulator.gateway.close(4_000)
  await ann.command('imagine', { prompt: 'the second' })
  await ann.sees(/back again/u)
  expect(emulator.gateway.identified()).toBe(1)
})

test('op 7 is followed, and the session goes on', async () => {
  const { emulator, ann, until } = await connected()
  emulator.gateway.askToReconnect()
  await until(() => emulator.gateway.resumed() === 1, 'the resumed session')
  await ann.command('imagine', { prompt: 'the second' })
  await ann.sees(/back again/u)
})

test('op 9 begins a new session, a little more than five seconds after the last one began', async () => {
  const { emulator, ann, clock, until } = await connected()
  clock.skip(5_500)
  emulator.gateway.invalidate()
  await until(() => emulator.gateway.identified() === 2, 'the new session')
  await ann.command('imagine', { prompt: 'the second' })
  await ann.sees(/back again/u)
})

test('a connection that answers no heartbeat is replaced', async () => {
  const { emulator, ann, until } = await connected({ emulator: { heartbeatMs: 200 } })
  emulator.gateway.acknowledge(false)
  await until(() => emulator.gateway.resumed() > 0, 'the replacement')
  emulator.gateway.acknowledge(true)
  await ann.command('imagine', { prompt: 'the second' })
  await ann.sees(/back again/u)
})

test('after an outage with refused connections commands are answered again', async () => {
  const { emulator, ann, clock } = await connected()
  clock.skip(5_500)
  const end = await emulator.outage()
  await expect(fetch(`${emulator.apiUrl}/v10/gateway/bot`)).rejects.toThrow()
  await end()
  await ann.command('imagine', { prompt: 'the second' })
  await ann.sees(/back again/u)
})

test('a token that Discord refuses is said to be that, and is tried again with growing pauses', async () => {
  const { emulator, clock, run, until } = await setting()
  await until(() => emulator.gateway.identified() === 1, 'the first session')
  const pauses: number[] = []
  const warned = { resolve: () => {} }
  const advice = new Set<string>()
  const log = {
    info: () => {},
    warn: () => {},
    error: (fields: object, message: string) => {
      if ('pauseMs' in fields) pauses.push(Number(fields.pauseMs))
      advice.add(message)
      setImmediate(() => warned.resolve())
    },
  }
  emulator.faults.plan('GET', /gateway/u, { kind: 'status', status: 401 }, 3)
  const first = Promise.withResolvers<void>()
  warned.resolve = first.resolve
  await run({ log })
  await first.promise
  for (let attempt = 0; attempt < 2; attempt++) {
    const next = Promise.withResolvers<void>()
    warned.resolve = next.resolve
    clock.skip(60_000)
    await next.promise
  }
  clock.skip(60_000)
  await until(() => emulator.gateway.identified() === 2, 'the session after all')
  expect(pauses).toEqual([1_000, 2_000, 4_000])
  expect([...advice]).toEqual([expect.stringContaining('set DISCORD_TOKEN')])
})

test.each([200, 404])(
  'that a page with status %i is no answer of Discord is said where the login fails',
  async (status) => {
    const { emulator, discord, run } = await setting()
    await discord.stop()
    emulator.faults.plan('GET', /gateway/u, { kind: 'page', status })
    const warned = Promise.withResolvers<object>()
    await run({ log: { info: () => {}, error: () => {}, warn: warned.resolve } })
    expect(await warned.promise).toMatchObject({ reason: expect.stringMatching(/is not Discord$/u) })
  },
)

test('why no connection comes about is said, also where a host has several addresses', async () => {
  const { discord, run } = await setting()
  await discord.stop()
  type Found = (error: null, addresses: readonly object[]) => void
  const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }))
  const lookup = (_host: string, _options: object, found: Found) => found(null, addresses)
  vi.spyOn(dns, 'lookup').mockImplementation(lookup as never)
  onTestFinished(() => void vi.restoreAllMocks())
  const warned = Promise.withResolvers<object>()
  const log = { info: () => {}, error: () => {}, warn: warned.resolve }
  await run({ log, apiUrl: 'http://discord.example:1/api' })
  expect(await warned.promise).toMatchObject({ reason: expect.stringContaining('ECONNREFUSED') })
})

/** One more process, at a gateway that does not take it as it should; and the pauses after which it logs in again. */
async function unlucky(plan: (gateway: Awaited<ReturnType<typeof connected>>['emulator']['gateway']) => void) {
  const all = await connected()
  await all.discord.stop()
  plan(all.emulator.gateway)
  const pauses: unknown[] = []
  const alarms: string[] = []
  const warn = (fields: object) => void ('pauseMs' in fields && pauses.push(fields.pauseMs))
  const error = (fields: object, message: string) => {
    warn(fields)
    alarms.push(message)
  }
  await all.run({ log: { info: () => {}, error, warn } })
  return { ...all, pauses, alarms }
}

test('a first connection that Discord refuses is tried again, and becomes one session', async () => {
  const { emulator, ann, pauses } = await unlucky((gateway) => gateway.refuse(/./u, 2))
  await ann.command('imagine', { prompt: 'the second' })
  await ann.sees(/back again/u)
  expect([pauses, emulator.gateway.connections()]).toEqual([[], 1])
})

test('a process whose first session Discord refuses logs in again once', async () => {
  const { emulator, ann, clock, pauses, alarms, until } = await unlucky((gateway) => gateway.refuseSession(4_004))
  await until(() => pauses.length > 0, 'the refusal')
  clock.skip(60_000)
  await ann.command('imagine', { prompt: 'the second' })
  await ann.sees(/back again/u)
  expect(alarms).toEqual([expect.stringContaining('set DISCORD_TOKEN')])
  expect([pauses, emulator.gateway.connections()]).toEqual([[1_000], 1])
})

test.each(['refused', 'closed at once'] as const)(
  'where every connection that would resume the session is %s, a new one begins',
  async (end) => {
    const { emulator, ann, clock, until } = await connected()
    clock.skip(5_500)
    if (end === 'refused') emulator.gateway.refuse(/^\/resume/u, Number.POSITIVE_INFINITY)
    else emulator.gateway.drop(/^\/resume/u)
    emulator.gateway.reset()
    await until(() => emulator.gateway.identified() === 2, 'the new session')
    await ann.command('imagine', { prompt: 'the second' })
    await ann.sees(/back again/u)
  },
)

test('another address of Discord is taken with a slash, with a version, or without', async () => {
  const { emulator, run, until } = await connected()
  const [slash, version] = [
    await run({ apiUrl: `${emulator.apiUrl}/` }),
    await run({ apiUrl: `${emulator.apiUrl}/v10` }),
  ]
  await until(() => emulator.gateway.identified() === 3, 'three sessions')
  await Promise.all([slash.stop(), version.stop()])
})

test('an outage of Discord keeps the start of nothing else waiting', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  const { discord } = await setting({ discord: { apiUrl: 'http://127.0.0.1:1/api' } })
  server.close()
  expect(discord.health()).toMatchObject({ ok: false, detail: 'connecting' })
})

test('two minutes after the last heartbeat a connection counts as sick', async () => {
  const { emulator, discord, until } = await connected({ emulator: { heartbeatMs: 50 } })
  const startedAt = Date.now()
  const now = vi.spyOn(Date, 'now').mockReturnValue(startedAt + 100_000)
  onTestFinished(() => now.mockRestore())
  const beats = emulator.gateway.beats()
  await until(() => emulator.gateway.beats() > beats + 2, 'heartbeats')
  now.mockReturnValue(startedAt + 219_999)
  expect(discord.health()).toEqual({ ok: true, detail: 'connected' })
  now.mockReturnValue(startedAt + 220_000)
  expect(discord.health()).toEqual({ ok: false, detail: 'connected' })
})

test('a session that begins while the database takes nothing is kept', async () => {
  let writes = 0
  const write = () => {
    if (writes++ === 0) throw new Error('the disk is full')
  }
  const { emulator, ann } = await connected({ discord: { store: { read: () => undefined, write } } })
  await ann.command('imagine', { prompt: 'the second' })
  await ann.sees(/back again/u)
  expect([emulator.gateway.identified(), emulator.gateway.connections()]).toEqual([1, 1])
})

test('while the process goes down commands are answered with "restarting" and answers under way are finished', async () => {
  const { emulator, discord, core, ann, received, until, chosen } = await connected()
  const slow = Promise.withResolvers<void>()
  core(async (_, respond) => {
    await slow.promise
    await respond({ text: ['finished'] })
  })
  await ann.command('imagine', { prompt: 'the second' })
  await until(() => received.length === 2, 'the command')
  const stopped = discord.stop()
  const bob = emulator.person('bob', { locale: 'zh-CN' })
  await bob.command('imagine', { prompt: 'the third' })
  expect((await bob.sees(/重启/u)).private).toBe(true)
  const cleo = emulator.person('cleo', { locale: 'en-GB' })
  chosen.set(cleo.id, 'zh')
  await cleo.command('imagine', { prompt: 'the fourth' })
  await cleo.sees(/重启/u)
  slow.resolve()
  await stopped
  await ann.sees(/finished/u)
  expect(received).toHaveLength(2)
  expect(emulator.gateway.connected()).toBe(false)
})

test('who asks while the house ends its work is told that it restarts', async () => {
  const { emulator, discord, received } = await connected()
  discord.close()
  const bob = emulator.person('bob')
  await bob.command('imagine', { prompt: 'the second' })
  expect((await bob.sees(/restarting/u)).private).toBe(true)
  expect(received).toHaveLength(1)
})

test('stopped while it waits to log in again, it stays away', async () => {
  const { emulator, discord, until, clock, run } = await setting()
  await discord.stop()
  emulator.faults.plan('GET', /gateway/u, { kind: 'page', status: 404 })
  const told = Promise.withResolvers<void>()
  const log = { info: () => {}, warn: () => setImmediate(told.resolve), error: () => {} }
  const next = await run({ log })
  await told.promise
  await next.stop()
  const asked = emulator.requests.length
  clock.skip(60_000)
  const other = await run()
  await until(() => other.health().detail === 'connected', 'another process')
  expect(emulator.requests.slice(asked).filter(({ path }) => path.includes('gateway'))).toHaveLength(1)
})

test('stopped between two connections, it stays away', async () => {
  const { emulator, discord, until } = await connected()
  emulator.gateway.reset()
  await until(() => !emulator.gateway.connected(), 'the reset')
  await discord.stop()
  await until(() => !emulator.gateway.connected(), 'the end')
  expect(discord.health().detail).toBe('stopped')
})
