import { once } from 'node:events'
import { existsSync, readFileSync, watch } from 'node:fs'
import { cp } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { TINY } from './support/checkpoint.ts'
import { temporaryFolder } from './support/folder.ts'
import { startIn } from './support/program.ts'

/** Resolves when the log holds this. */
async function logged(folder: string, text: string): Promise<void> {
  const path = join(folder, 'logs', 'zimagine.log')
  const watcher = watch(folder, { recursive: true })
  while (!existsSync(path) || !readFileSync(path, 'utf8').includes(text)) await once(watcher, 'change')
  watcher.close()
}

/** A Discord that is never there: the bot starts, and tries to connect. */
async function absentDiscord(): Promise<Record<string, string>> {
  const server = createServer((_, response) => void response.writeHead(503).end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    DISCORD_TOKEN: 'marker-token',
    DISCORD_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

test('the bot stops in order on SIGTERM, with a platform that cannot be reached, and no token in its log', async () => {
  const folder = temporaryFolder()
  const { child, ended } = startIn(folder, [], await absentDiscord())
  await logged(folder, '"ready"')
  child.kill('SIGTERM')
  const { status, signal, said } = await ended
  expect({ status, signal }).toEqual({ status: 0, signal: null })
  // Whoever started it sees what it does.
  expect(said).toContain('"ready"')
  expect(said).not.toContain('marker-token')
  const log = readFileSync(join(folder, 'logs', 'zimagine.log'), 'utf8')
  expect(log).toContain('stopped')
  expect(log).not.toContain('marker-token')
})

test('one device of two is enough, and the log and /healthz tell what is the matter with the other', async () => {
  const folder = temporaryFolder()
  const port = await freePort()
  const { child, ended } = startIn(folder, [], {
    ...(await absentDiscord()),
    DEVICES: 'cpu,cuda:7',
    HEALTH_PORT: String(port),
  })
  await logged(folder, '"ready"')
  const health = await fetch(`http://127.0.0.1:${port}/healthz`)
  expect(health.status).toBe(503)
  expect(await health.json()).toMatchObject({
    parts: {
      'engine 1': { ok: true, detail: 'cpu awake' },
      'engine 2': { ok: false, detail: expect.stringMatching(/^cuda:7 missing: .*cuda/u) },
    },
  })
  child.kill('SIGTERM')
  expect(await ended).toMatchObject({ status: 0 })
  const ready = readFileSync(join(folder, 'logs', 'zimagine.log'), 'utf8')
    .split('\n')
    .find((line) => line.includes('"ready"'))!
  expect(JSON.parse(ready).engines).toMatchObject([{ name: 'cpu' }, { name: 'cuda:7', state: 'missing' }])
})

test('the bot goes on when nobody reads its log any more, and still stops in order', async () => {
  const folder = temporaryFolder()
  const { child, ended } = startIn(folder, [], await absentDiscord())
  child.stdout.destroy()
  await logged(folder, '"ready"')
  child.kill('SIGTERM')
  expect(await ended).toMatchObject({ status: 0, signal: null })
})

test('a second process is refused the data folder, and told why', async () => {
  const folder = temporaryFolder()
  const first = startIn(folder, [], await absentDiscord())
  await logged(folder, '"ready"')
  const { status, complained } = await startIn(folder, ['imagine', 'a fox']).ended
  expect(status).toBe(1)
  expect(complained).toMatch(/already running/u)
  first.child.kill('SIGTERM')
  await first.ended
})

test('the model that a process runs with is not removed', async () => {
  const folder = temporaryFolder()
  await cp(TINY, join(folder, 'models', 'mine'), { recursive: true })
  const { child, ended } = startIn(folder, ['chat', '--model', 'mine'])
  await logged(folder, '"ready"')
  const { status, complained } = await startIn(folder, ['models', 'remove', 'mine']).ended
  expect(status).toBe(1)
  expect(complained).toMatch(/is running with it/u)
  child.kill('SIGTERM')
  await ended
})

const LONG = ['imagine', 'a fox', '--steps', '50', '--size', '512x512']

test('a second signal leaves at once, and the next start takes up the job', async () => {
  const folder = temporaryFolder()
  const first = startIn(folder, LONG)
  await logged(folder, 'job begins')
  first.child.kill('SIGTERM')
  await logged(folder, 'stopping')
  first.child.kill('SIGTERM')
  expect(await first.ended).toMatchObject({ signal: 'SIGKILL' })
  const second = startIn(folder, ['chat'])
  await logged(folder, '"recovered":1')
  second.child.kill('SIGTERM')
  expect(await second.ended).toMatchObject({ status: 0 })
  expect((await startIn(folder, ['doctor']).ended).status).toBe(0)
})

test('a signal that npm passes on too is one signal', async () => {
  const folder = temporaryFolder()
  const { child, ended } = startIn(folder, [], { ...(await absentDiscord()), npm_lifecycle_event: 'start' })
  await logged(folder, '"ready"')
  child.kill('SIGINT')
  child.kill('SIGTERM')
  expect(await ended).toMatchObject({ status: 0, signal: null })
})
