import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { fetchFile } from '../../engine/checkpoint/fetch-file.ts'
import type { Trouble } from '../../engine/checkpoint/get-model.ts'
import { createModels } from '../../engine/checkpoint/models.ts'
import type { Progress } from '../../engine/checkpoint/progress.ts'
import { generate } from '../../engine/pipeline.ts'
import { loadStages } from '../../engine/stages.ts'
import { lockFolder } from '../../src/store/lock.ts'
import { TINY } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'
import { filesOf, type ListingEntry, openHub } from '../support/hub.ts'

const REPO = 'Tongyi-MAI/Z-Image-Turbo'
const SHARD = 'transformer/diffusion_pytorch_model-00001-of-00003.safetensors'
const VAE = 'vae/diffusion_pytorch_model.safetensors'
const TOKEN = 'hf_marker'

const tiny = filesOf(TINY)
const size = (path: string) => tiny.get(path)!.length
// What repositories have besides, and nobody needs here.
const BESIDES = [
  'README.md',
  '.gitattributes',
  'assets/showcase.jpg',
  'transformer/diffusion_pytorch_model.bin',
  'transformer/diffusion_pytorch_model.fp16.safetensors',
  'text_encoder/pytorch_model.bin.index.json',
  'controlnet/diffusion_pytorch_model.safetensors',
  'z_image_turbo.safetensors',
]
const released = new Map([...tiny, ...BESIDES.map((path) => [path, Buffer.from(path)] as const)])

/** A person at a machine, with a hub to fetch from. */
async function scene({ token = TOKEN, silentMs = 30_000 }: { token?: string; silentMs?: number } = {}) {
  const hub = await openHub()
  const dataDir = temporaryFolder()
  const troubles: Trouble[] = []
  const progress: Progress[] = []
  const waits: number[] = []
  const models = createModels({
    dataDir,
    configured: 'models/default',
    hub: { endpoint: hub.url, token },
    reserveBytes: 0,
    lock: lockFolder,
    pause: async (ms) => void waits.push(ms),
    silentMs,
  })
  const folder = join(dataDir, 'models', 'z-image-turbo')
  const get = (given = 'z-image-turbo', { revision, signal }: { revision?: string; signal?: AbortSignal } = {}) =>
    models.get(given, revision, {
      signal: signal ?? new AbortController().signal,
      onProgress: (step) => void progress.push(step),
      onTrouble: (trouble) => void troubles.push(trouble),
    })
  return { hub, dataDir, models, folder, partial: `${folder}.partial`, get, troubles, progress, waits }
}

async function expectWhole(folder: string): Promise<void> {
  const got = filesOf(folder)
  got.delete('source.json')
  expect([...got.keys()].sort()).toEqual([...tiny.keys()].sort())
  for (const [path, content] of tiny) expect(content.equals(got.get(path)!), path).toBe(true)
}

it('a known name is fetched whole and alone what the engine reads, as real files, and draws', async () => {
  const { hub, get, folder, partial, progress } = await scene()
  hub.put(REPO, released)
  expect(await get()).toEqual({ name: 'z-image-turbo', path: folder, already: false })
  await expectWhole(folder)
  expect(existsSync(partial)).toBe(false)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    expect(entry.isSymbolicLink()).toBe(false)
  const asked = hub.requests.map(({ path }) => path)
  for (const path of BESIDES) expect(asked).not.toContain(path)

  const total = [...tiny.values()].reduce((bytes, content) => bytes + content.length, 0)
  expect(progress.at(-1)).toMatchObject({ doneBytes: total, totalBytes: total })

  const stages = await loadStages(folder, { device: 'cpu', threads: 1 })
  const request = { prompt: 'a fox', widthPx: 64, heightPx: 64, steps: 1, guidance: 0, seed: 1 }
  expect(await generate(stages, request)).toHaveLength(1)
  await stages.release()
})

it('any repository can be fetched, under its name in lower case, by branch or commit', async () => {
  const { hub, get, dataDir } = await scene()
  const commit = hub.put('somebody/My-Z-Image', tiny)
  const { path } = await get('somebody/My-Z-Image', { revision: commit })
  expect(path).toBe(join(dataDir, 'models', 'my-z-image'))
  await expectWhole(path)
  expect(JSON.parse(await readFile(join(path, 'source.json'), 'utf8'))).toMatchObject({
    repo: 'somebody/My-Z-Image',
    commit,
  })
})

it('what is already there is not asked for again', async () => {
  const { hub, get } = await scene()
  hub.put(REPO, tiny)
  await get()
  const before = hub.requests.length
  expect(await get()).toMatchObject({ already: true })
  expect(hub.requests).toHaveLength(before)
})

it('a connection that breaks is taken up at the byte where it broke', async () => {
  const { hub, get, folder, troubles } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: SHARD, at: 'storage', breakAfter: 700_000 })
  hub.fault({ path: SHARD, at: 'storage', breakAfter: 300_000 })
  await get()
  await expectWhole(folder)
  const [first, second, third] = hub.reads(SHARD).map(({ range }) => Number(/\d+/u.exec(range ?? '0')![0]))
  expect(first).toBe(0)
  expect(second).toBeGreaterThan(0)
  expect(third).toBeGreaterThan(second!)
  expect(troubles).toMatchObject([
    { what: SHARD, reason: { kind: 'network' }, waitMs: 1000 },
    { what: SHARD, reason: { kind: 'network' }, waitMs: 1000 },
  ])
})

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

it('a bit that turned over on the way costs that file once more', async () => {
  const { hub, get, folder } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: VAE, at: 'storage', flipAt: 400_000 })
  await get()
  await expectWhole(folder)
  expect(hub.reads(VAE)).toHaveLength(2)
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

it.each([
  [VAE, 'storage' as const, /^[0-9a-f]{64}$/u],
  ['scheduler/scheduler_config.json', 'hub' as const, /^[0-9a-f]{40}$/u],
])('a file that stays damaged (%s) is refused by its name, and no model appears', async (path, at, hash) => {
  const { hub, get, folder } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path, at, flipAt: 100, times: 99 })
  await expect(get()).rejects.toMatchObject({
    problem: { code: 'damaged', file: path, expected: expect.stringMatching(hash), got: expect.stringMatching(hash) },
  })
  expect(existsSync(folder)).toBe(false)
  // The network was to blame after all: the next run mends it.
  hub.clear()
  await get()
  await expectWhole(folder)
})

it('a file that the listing has and the server has not is told by its name', async () => {
  const { hub, get, waits } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: VAE, at: 'hub', status: 404, headers: { 'x-error-code': 'EntryNotFound' } })
  await expect(get()).rejects.toMatchObject({ problem: { code: 'not-a-hub', what: expect.stringContaining(VAE) } })
  expect(waits).toEqual([])
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

it.each([1, -1])('a server that lies about a size by %i byte is refused with both numbers', async (by) => {
  const { hub, get, folder } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: VAE, at: 'storage', total: size(VAE) + by, times: 99 })
  await expect(get()).rejects.toMatchObject({
    problem: { code: 'wrong-size', file: VAE, expected: size(VAE), got: size(VAE) + by },
  })
  expect(existsSync(folder)).toBe(false)
})

it('a server that sends more than it listed, without saying how much, is not written down', async () => {
  const { hub, get, partial } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: VAE, at: 'storage', more: 1_000_000, times: 99 })
  await expect(get()).rejects.toMatchObject({ problem: { code: 'wrong-size', file: VAE, expected: size(VAE) } })
  expect(await sizeOf(join(partial, `${VAE}.incomplete`))).toBeLessThanOrEqual(size(VAE))
})

it('a connection that stands and says nothing is given up, and taken up again', async () => {
  const { hub, get, folder, troubles } = await scene({ silentMs: 1000 })
  hub.put(REPO, tiny)
  hub.fault({ path: VAE, at: 'storage', silentAfter: 100_000 })
  await get()
  await expectWhole(folder)
  expect(troubles).toMatchObject([{ what: VAE, reason: { kind: 'silent' } }])
})

it('a busy server is asked again later and later, or when it says', async () => {
  const { hub, get, folder, waits, troubles } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: '/api/models', status: 503 })
  hub.fault({ path: '/api/models', status: 503 })
  hub.fault({ path: '/api/models', status: 429, headers: { 'retry-after': '7' } })
  hub.fault({ path: VAE, at: 'hub', status: 502, times: 3 })
  hub.fault({ path: VAE, at: 'storage', status: 429, headers: { 'retry-after': '99999' } })
  await get()
  await expectWhole(folder)
  expect(waits).toEqual([1000, 2000, 7000, 1000, 2000, 4000, 300_000])
  expect(troubles[0]).toEqual({ what: REPO, reason: { kind: 'status', status: 503 }, waitMs: 1000 })
})

it('a storage address that has run out is asked for anew', async () => {
  const { hub, get, folder } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: VAE, at: 'storage', status: 403 })
  await get()
  await expectWhole(folder)
  expect(hub.requests.filter(({ at, path }) => at === 'hub' && path === VAE)).toHaveLength(2)
})

it('a hub that does not come back is given up with its name', async () => {
  const { hub, get } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: '/api/models', status: 500, times: 99 })
  await expect(get()).rejects.toMatchObject({
    problem: { code: 'unreachable', host: new URL(hub.url).host, reason: { kind: 'status', status: 500 } },
  })
})

it.each([
  ['a repository that is not there', 404, 'RepoNotFound', 'no-repository'],
  ['a revision that is not there', 404, 'RevisionNotFound', 'no-revision'],
  ['one whose terms were not accepted', 403, 'GatedRepo', 'gated'],
  ['a token that does not hold', 401, undefined, 'bad-token'],
  ['one that the token does not open', 403, undefined, 'no-repository'],
  ['anything else', 418, undefined, 'refused'],
])('%s is told at once and in its own words', async (_what, status, error, code) => {
  const { hub, get, waits } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: '/api/models', status, ...(error && { headers: { 'x-error-code': error } }) })
  const refused = await get().catch((thrown) => thrown)
  expect(refused).toMatchObject({ problem: { code } })
  expect(waits).toEqual([])
  expect(`${refused.stack} ${JSON.stringify(refused)}`).not.toContain(TOKEN)
})

it('the token goes to the endpoint and never to the storage it redirects to', async () => {
  const { hub, get } = await scene()
  hub.put(REPO, tiny)
  await get()
  const seen = (at: string) => new Set(hub.requests.filter((request) => request.at === at).map((r) => r.authorization))
  expect(seen('hub')).toEqual(new Set([`Bearer ${TOKEN}`]))
  expect(seen('storage')).toEqual(new Set([undefined]))
})

it('the token does not follow a listing to another host either', async () => {
  const { hub, get } = await scene()
  const elsewhere = await openHub()
  const commit = hub.put(REPO, tiny)
  elsewhere.put(REPO, tiny)
  const link = `<${elsewhere.url}/api/models/${REPO}/tree/main>; rel="next"`
  hub.fault({ path: `/api/models/${REPO}/tree/${commit}`, status: 200, headers: { link }, body: '[]' })
  await get()
  expect(elsewhere.requests.length).toBeGreaterThan(0)
  expect(new Set(elsewhere.requests.map(({ authorization }) => authorization))).toEqual(new Set([undefined]))
})

it('a redirection with a password in it is followed without one, and no message has it', async () => {
  const { hub, get, folder, troubles } = await scene()
  const elsewhere = await openHub()
  hub.put(REPO, tiny)
  const location = `${elsewhere.url.replace('//', '//user:marker@')}/${REPO}/resolve/${elsewhere.put(REPO, tiny)}/${VAE}`
  hub.fault({ path: VAE, at: 'hub', status: 302, headers: { location } })
  await get()
  await expectWhole(folder)
  expect(elsewhere.reads(VAE)).toHaveLength(1)
  expect(troubles).toEqual([])
})

it.each([
  ['a listing that leads out of the folder', '../../../escaped.json'],
  ['one that does so from a part', 'transformer/../../../escaped.json'],
  ['one with the separators of Windows', 'transformer/..\\..\\..\\escaped.json'],
  ['an absolute path', '/tmp/escaped.json'],
])('%s is not followed', async (_what, path) => {
  const { hub, get, dataDir, folder } = await scene()
  hub.put(REPO, new Map([...tiny, [path, Buffer.from('{}')]]))
  await get()
  await expectWhole(folder)
  expect(await readdir(dataDir)).toEqual(['models'])
  expect((await readdir(join(dataDir, 'models'))).sort()).toEqual(['.lock', 'z-image-turbo'])
})

it('an index that leads out of the folder is refused', async () => {
  const { hub, get, folder } = await scene()
  const index = 'transformer/diffusion_pytorch_model.safetensors.index.json'
  const content = Buffer.from(JSON.stringify({ weight_map: { x: `../${VAE}` } }))
  hub.put(REPO, new Map([...tiny, [index, content]]))
  await expect(get()).rejects.toMatchObject({ problem: { code: 'not-z-image', missing: `transformer/../${VAE}` } })
  expect(existsSync(folder)).toBe(false)
})

it('a repository that is no Z-Image is refused by what it lacks, before anything is fetched', async () => {
  const { hub, get, dataDir } = await scene()
  hub.put('some/Flux', new Map([...tiny].filter(([path]) => path !== 'transformer/config.json')))
  await expect(get('some/Flux')).rejects.toMatchObject({
    problem: { code: 'not-z-image', repo: 'some/Flux', missing: 'transformer/config.json' },
  })
  expect(hub.requests.every(({ path }) => path.startsWith('/api/'))).toBe(true)
  expect(await readdir(join(dataDir, 'models'))).toEqual(['.lock'])
})

it('one whose configuration is of another model is refused by it, before any weights are fetched', async () => {
  const { hub, get, dataDir } = await scene()
  const config = Buffer.from('{"_class_name": "FluxTransformer2DModel"}')
  hub.put('some/Flux', new Map([...tiny, ['transformer/config.json', config]]))
  await expect(get('some/Flux')).rejects.toMatchObject({
    problem: { code: 'other-architecture', what: expect.stringMatching(/^transformer\/config\.json: .*_class_name/u) },
  })
  expect(hub.requests.filter(({ path }) => path.endsWith('.safetensors'))).toEqual([])
  expect(await readdir(join(dataDir, 'models'))).toEqual(['.lock'])
})

it.each(['null', '{"weight_map":{"x":null}}', 'oops'])('one with an index that is none (%s) is too', async (index) => {
  const { hub, get, dataDir } = await scene()
  const path = 'transformer/diffusion_pytorch_model.safetensors.index.json'
  hub.put('some/Broken', new Map([...tiny, [path, Buffer.from(index)]]))
  await expect(get('some/Broken')).rejects.toMatchObject({
    problem: { code: 'other-architecture', repo: 'some/Broken', what: expect.stringMatching(`^${path}: expected`) },
  })
  expect(hub.requests.filter(({ path }) => path.endsWith('.safetensors'))).toEqual([])
  expect(await readdir(join(dataDir, 'models'))).toEqual(['.lock'])
})

it('too little free disk is refused with the numbers, before any weights are fetched', async () => {
  const { hub, get, partial } = await scene()
  const huge = 10 ** 15
  hub.put(REPO, tiny, (entries) =>
    entries.map((entry) => (entry.path === VAE ? { ...entry, lfs: { ...entry.lfs!, size: huge } } : entry)),
  )
  const { problem } = await get().catch((error) => error)
  expect(problem).toMatchObject({ code: 'no-disk', path: partial })
  expect(problem.needBytes).toBeGreaterThan(huge)
  expect(problem.freeBytes).toBeLessThan(huge)
  expect(hub.requests.filter(({ path }) => path.endsWith('.safetensors'))).toEqual([])
})

const entry = (path: string): ListingEntry => ({ type: 'file', path, size: 1, oid: 'a'.repeat(40) })
it.each([
  ['a listing without end', (): unknown => Array.from({ length: 10_001 }, (_, i) => entry(`x/${i}`))],
  ['sizes that are none', (): unknown => [{ ...entry('vae/config.json'), size: -1 }]],
  ['hashes that are none', (): unknown => [{ ...entry('vae/config.json'), oid: '../' }]],
  ['no list', (): unknown => ({ hello: 'world' })],
  ['gigabytes of configuration', (): unknown => [...tiny.keys()].map((path) => ({ ...entry(path), size: 2 ** 30 }))],
])('a server that answers with %s is not believed', async (_what, edit) => {
  const { hub, get } = await scene()
  hub.put(REPO, tiny, edit)
  await expect(get()).rejects.toMatchObject({ problem: { code: 'not-a-hub' } })
})

it('an answer that is a page for people is not taken for a listing', async () => {
  const { hub, get } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: '/api/models', status: 200, body: '<html>Log in to the hotel Wi-Fi</html>' })
  await expect(get()).rejects.toMatchObject({ problem: { code: 'not-a-hub' } })
})

it('a repository that moved on between two runs is fetched as it is now, but for what stayed the same', async () => {
  const { hub, get, partial, folder } = await scene()
  const older = Buffer.from(tiny.get(VAE)!)
  older[400_000]! ^= 1
  hub.put(REPO, new Map([...tiny, [VAE, older]]))
  hub.fault({ path: SHARD, at: 'hub', status: 418 })
  await expect(get()).rejects.toMatchObject({ problem: { code: 'refused' } })
  await mkdir(join(partial, 'vae'), { recursive: true })
  await writeFile(join(partial, `${VAE}.incomplete`), older.subarray(0, 500_000))
  const stayed = [...tiny.keys()].filter((path) => existsSync(join(partial, path)) && path !== VAE)
  expect(stayed).toContain('transformer/config.json')

  hub.put(REPO, tiny)
  const before = hub.requests.length
  await get()
  await expectWhole(folder)
  const again = hub.requests.slice(before)
  expect(again.find(({ path, at }) => path === VAE && at === 'storage')!.range).toBeUndefined()
  for (const path of stayed) expect(again.map((request) => request.path)).not.toContain(path)
})

it('a name that another repository has is refused, also while that is on its way', async () => {
  const { hub, get, partial } = await scene()
  hub.put(REPO, tiny)
  hub.put('other/Z-Image-Turbo', tiny)
  hub.fault({ path: VAE, at: 'hub', status: 418 })
  await expect(get()).rejects.toMatchObject({ problem: { code: 'refused' } })
  await expect(get('other/Z-Image-Turbo')).rejects.toMatchObject({
    problem: { code: 'exists', path: partial, repo: REPO },
  })
  await get()
  await expect(get('other/Z-Image-Turbo')).rejects.toMatchObject({ problem: { code: 'exists', repo: REPO } })
  await expect(get('z-image-turbo', { revision: 'other' })).rejects.toMatchObject({ problem: { code: 'exists' } })
})

it('what somebody else put where the download would go is left alone', async () => {
  const { hub, get, partial } = await scene()
  hub.put(REPO, tiny)
  await mkdir(partial, { recursive: true })
  await writeFile(join(partial, 'mine'), 'precious')
  await expect(get()).rejects.toMatchObject({ problem: { code: 'exists', path: partial, repo: undefined } })
  expect(await readFile(join(partial, 'mine'), 'utf8')).toBe('precious')
  await rm(join(partial, 'mine'))
  expect(await get()).toMatchObject({ already: false })
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
  const { hub, get, folder, partial } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: VAE, at: 'hub', status: 418 })
  await expect(get()).rejects.toMatchObject({ problem: { code: 'refused' } })
  await mkdir(join(partial, 'vae'), { recursive: true })
  await writeFile(join(partial, `${VAE}.incomplete`), '')
  await truncate(join(partial, `${VAE}.incomplete`), size(VAE) + 1)
  await get()
  await expectWhole(folder)
})

it.each(['z-image-turbro', 'a/b/c', '../x', 'https://huggingface.co/a/b', ''])('%j is no name', async (given) => {
  const { get, hub } = await scene()
  await expect(get(given)).rejects.toMatchObject({
    problem: { code: 'unknown-name', known: ['z-image-turbo', 'z-image'] },
  })
  expect(hub.requests).toEqual([])
})

function unasked(): never {
  throw new Error('expected nothing to be asked for')
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(setImmediate)
}
