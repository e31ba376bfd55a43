import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { expectWhole, REPO, scene, size, sizeOf, TOKEN, tiny, VAE } from '../support/fetching.ts'
import { type ListingEntry, openHub } from '../support/hub.ts'

it('a bit that turned over on the way costs that file once more', async () => {
  const { hub, get, folder } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: VAE, at: 'storage', flipAt: 400_000 })
  await get()
  await expectWhole(folder)
  expect(hub.reads(VAE)).toHaveLength(2)
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

it('a repository with a new name is followed there, and from there to the storage', async () => {
  const { hub, get, folder, troubles } = await scene()
  hub.put(REPO, tiny)
  const location = `/new/Name/resolve/${hub.put('new/Name', tiny)}/${VAE}`
  hub.fault({ path: VAE, at: 'hub', status: 307, headers: { location } })
  await get()
  await expectWhole(folder)
  expect(troubles).toEqual([])
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

const entry = (path: string): ListingEntry => ({ type: 'file', path, size: 1, oid: 'a'.repeat(40) })
it.each([
  [
    'a listing without end',
    /more than 100 pages/u,
    (): unknown => Array.from({ length: 10_001 }, (_, i) => entry(`x/${i}`)),
  ],
  ['sizes that are none', /another shape/u, (): unknown => [{ ...entry('vae/config.json'), size: -1 }]],
  ['hashes that are none', /another shape/u, (): unknown => [{ ...entry('vae/config.json'), oid: '../' }]],
  ['no list', /another shape/u, (): unknown => ({ hello: 'world' })],
  [
    'gigabytes of configuration',
    /bytes of configuration/u,
    (): unknown => [...tiny.keys()].map((path) => ({ ...entry(path), size: 2 ** 30 })),
  ],
])('a server that answers with %s is not believed', async (_answer, what, edit) => {
  const { hub, get } = await scene()
  hub.put(REPO, tiny, edit)
  await expect(get()).rejects.toMatchObject({ problem: { code: 'not-a-hub', what: expect.stringMatching(what) } })
})

it.each<Record<string, string>>([{ 'transfer-encoding': 'chunked' }, { 'content-length': '36' }])(
  'a page for people instead of a file (%o) is told at once, and nothing of it is kept',
  async (headers) => {
    const { hub, get, partial, waits } = await scene()
    hub.put(REPO, tiny)
    const page = { status: 200, headers: { 'content-type': 'text/html; charset=utf-8', ...headers } }
    hub.fault({ path: VAE, at: 'storage', times: 20, ...page, body: '<html>Blocked by your company</html>' })
    await expect(get()).rejects.toMatchObject({ problem: { code: 'web-page', host: expect.any(String), file: VAE } })
    expect(waits).toEqual([])
    expect(await sizeOf(join(partial, `${VAE}.incomplete`))).toBe(0)
  },
)

it('an answer that is a page for people is not taken for a listing', async () => {
  const { hub, get } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: '/api/models', status: 200, body: '<html>Log in to the hotel Wi-Fi</html>' })
  await expect(get()).rejects.toMatchObject({ problem: { code: 'not-a-hub' } })
})

it('an answer without end is given up', async () => {
  const { hub, get } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: '/api/models', status: 200, body: Buffer.alloc(2 ** 24 + 1) })
  const what = 'an answer of more than 16777216 bytes'
  await expect(get()).rejects.toMatchObject({ problem: { code: 'not-a-hub', what } })
})
