import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { fetchFile } from '../../engine/checkpoint/fetch-file.ts'
import { expectWhole, REPO, SHARD, scene, size, sizeOf, tiny, VAE } from '../support/fetching.ts'
import { temporaryFolder } from '../support/folder.ts'

it('a run that was stopped is gone on with by the next one, and not a byte is fetched twice', async () => {
  const { hub, get, folder, partial } = await scene()
  hub.put(REPO, tiny)
  const stopped = new AbortController()
  hub.fault({ path: VAE, at: 'storage', silentAfter: 500_000 })
  // Stopped when part of the file is on disk.
  const run = get('z-image-turbo', { signal: stopped.signal })
  const arrived = until(async () => (await sizeOf(join(partial, `${VAE}.incomplete`))) > 0)
  await arrived
  stopped.abort()
  await expect(run).rejects.toMatchObject({ name: 'AbortError' })
  expect(existsSync(folder)).toBe(false)
  const kept = await sizeOf(join(partial, `${VAE}.incomplete`))
  expect(kept).toBeGreaterThan(0)
  const whole = [...tiny.keys()].filter((path) => existsSync(join(partial, path)))

  const before = hub.requests.length
  await get()
  await expectWhole(folder)
  expect(hub.reads(VAE).at(-1)!.range).toBe(`bytes=${kept}-`)
  const again = hub.requests.slice(before).map(({ path }) => path)
  for (const path of whole) expect(again).not.toContain(path)
})

it('a server that takes no notice of ranges is read from its start, and nothing is written twice', async () => {
  const { hub, get, folder } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: SHARD, at: 'storage', breakAfter: 700_000 })
  hub.fault({ path: SHARD, at: 'storage', ignoreRange: true })
  await get()
  await expectWhole(folder)
  expect(hub.reads(SHARD)).toHaveLength(2)
})

it.each(['hub', 'storage'] as const)('a server that refuses ranges (%s) is asked for the whole file', async (at) => {
  const { hub, get, folder, partial, waits } = await scene()
  hub.put(REPO, tiny)
  const path = at === 'storage' ? SHARD : 'transformer/config.json'
  hub.fault({ path, at: 'hub', status: 418 })
  await expect(get()).rejects.toMatchObject({ problem: { code: 'refused' } })
  await mkdir(dirname(join(partial, path)), { recursive: true })
  await writeFile(join(partial, `${path}.incomplete`), tiny.get(path)!.subarray(0, 100))
  hub.fault({ path, at, status: 416 })
  await get()
  await expectWhole(folder)
  expect(waits).toEqual([])
  expect(
    hub
      .reads(path)
      .slice(-2)
      .map(({ range }) => range),
  ).toEqual(['bytes=100-', undefined])
})

it.each([
  ['with a later part', { 'content-range': `bytes 1000000-1000001/${size(SHARD)}` }],
  ['with an earlier part', { 'content-range': `bytes 0-99/${size(SHARD)}` }],
  ['without saying with what', {}],
])('a server that answers a range %s is asked for the whole file', async (_what, headers) => {
  const { hub, get, folder, waits } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: SHARD, at: 'storage', breakAfter: 700_000 })
  hub.fault({ path: SHARD, at: 'storage', status: 206, headers, body: 'xx' })
  await get()
  await expectWhole(folder)
  expect(waits).toEqual([1000])
  expect(hub.reads(SHARD).at(-1)!.range).toBeUndefined()
})

it('a bit that turned over on the disk between two runs does too', async () => {
  const { hub, get, folder, partial } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: VAE, at: 'storage', status: 404, times: 99 })
  hub.fault({ path: VAE, at: 'hub', status: 403 })
  await expect(get()).rejects.toMatchObject({ problem: { code: 'no-repository' } })
  const begun = Buffer.from(tiny.get(VAE)!.subarray(0, 1000))
  begun[500]! ^= 1
  await mkdir(join(partial, 'vae'), { recursive: true })
  await writeFile(join(partial, `${VAE}.incomplete`), begun)
  hub.clear()
  await get()
  await expectWhole(folder)
})

it('a run that was stopped before it read over what an earlier one had fetched ends in order', async () => {
  const { hub, get, partial } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: SHARD, at: 'hub', status: 418 })
  await expect(get()).rejects.toMatchObject({ problem: { code: 'refused' } })
  await writeFile(join(partial, `${SHARD}.incomplete`), tiny.get(SHARD)!.subarray(0, 1000))
  const signal = AbortSignal.abort()
  const options = { repo: REPO, commit: 'c', folder: partial, signal, pause: async () => {}, silentMs: 1000 }
  const file = { path: SHARD, bytes: size(SHARD), hash: { kind: 'sha256', hex: '' } } as const
  const stub = { host: '', commitOf: unasked, list: unasked, read: unasked }
  const fetched = fetchFile(file, { ...options, hub: stub, onBytes: () => {}, onSetback: () => {} })
  await expect(fetched).rejects.toMatchObject({ name: 'AbortError' })
  // Nor is there an error behind it that nobody catches: vitest would tell.
  await new Promise(setImmediate)
})

it('a repository that moved on between two runs is fetched as it is now, but for what stayed the same', async () => {
  const { hub, get, partial, folder } = await scene()
  const older = Buffer.from(tiny.get(VAE)!)
  older[400_000]! ^= 1
  // Without its index every file of weights is wanted.
  const index = 'transformer/diffusion_pytorch_model.safetensors.index.json'
  const other = ['transformer/other.safetensors', Buffer.from('other')] as const
  const before = new Map([...tiny, [VAE, older], other])
  before.delete(index)
  hub.put(REPO, before)
  hub.fault({ path: SHARD, at: 'hub', status: 418 })
  await expect(get()).rejects.toMatchObject({ problem: { code: 'refused' } })
  await mkdir(join(partial, 'vae'), { recursive: true })
  await writeFile(join(partial, `${VAE}.incomplete`), older.subarray(0, 500_000))
  await writeFile(join(partial, other[0]), other[1])
  const stayed = [...tiny.keys()].filter((path) => existsSync(join(partial, path)) && path !== VAE)
  expect(stayed).toContain('transformer/config.json')

  // It is no Z-Image for a while: what was fetched of it stays.
  hub.put(REPO, new Map([...tiny].filter(([path]) => path !== 'transformer/config.json')))
  await expect(get()).rejects.toMatchObject({ problem: { code: 'not-z-image' } })

  hub.put(REPO, new Map([...tiny, other]))
  const asked = hub.requests.length
  await get()
  await expectWhole(folder)
  const again = hub.requests.slice(asked)
  expect(again.find(({ path, at }) => path === VAE && at === 'storage')!.range).toBeUndefined()
  for (const path of stayed) expect(again.map((request) => request.path)).not.toContain(path)
})

it('a run that was killed while it wrote down where it fetches from is gone on with', async () => {
  const { hub, get, folder, partial } = await scene()
  hub.put(REPO, tiny)
  await mkdir(partial, { recursive: true })
  await writeFile(join(partial, 'source.json.new'), '{ "repo": "Tong')
  await get()
  await expectWhole(folder)
})

it('a longer file than the listing has is begun anew', async () => {
  const { hub, get, folder, partial, progress } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: VAE, at: 'hub', status: 418 })
  await expect(get()).rejects.toMatchObject({ problem: { code: 'refused' } })
  await mkdir(join(partial, 'vae'), { recursive: true })
  await writeFile(join(partial, `${VAE}.incomplete`), '')
  await truncate(join(partial, `${VAE}.incomplete`), size(VAE) + 1)
  await get()
  await expectWhole(folder)
  expect(progress.every(({ doneBytes, totalBytes }) => doneBytes <= totalBytes)).toBe(true)
})

it('a download that takes longer than a connection may be silent is not broken off', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const silentMs = 1000
  const [first, ...rest] = Array.from({ length: 5 }, (_, i) => tiny.get(VAE)!.subarray(i * 100, (i + 1) * 100))
  const content = Buffer.concat([first!, ...rest])
  const folder = temporaryFolder()
  async function* slowly(signal: AbortSignal) {
    for (const bytes of [first!, ...rest]) {
      vi.advanceTimersByTime(silentMs - 1)
      signal.throwIfAborted()
      yield bytes
    }
  }
  const hub = {
    host: '',
    commitOf: unasked,
    list: unasked,
    read: async (_: string, __: string, ___: string, ____: number, signal: AbortSignal) =>
      new Response(ReadableStream.from(slowly(signal)) as ReadableStream<Uint8Array<ArrayBuffer>>),
  }
  const hex = createHash('sha256').update(content).digest('hex')
  const file = { path: VAE, bytes: content.length, hash: { kind: 'sha256', hex } } as const
  const { signal } = new AbortController()
  await fetchFile(file, {
    hub,
    repo: REPO,
    commit: 'c',
    folder,
    signal,
    pause: unasked,
    silentMs,
    onBytes() {},
    onSetback: unasked,
  })
  expect(await readFile(join(folder, VAE))).toEqual(content)
})

function unasked(): never {
  throw new Error('expected nothing to be asked for')
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(setImmediate)
}
