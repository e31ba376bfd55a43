import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { expectWhole, REPO, SHARD, scene, TOKEN, tiny, VAE } from '../support/fetching.ts'

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

it('a hub that limits requests is asked again when its window ends, however it says so', async () => {
  const { hub, get, waits } = await scene()
  hub.put(REPO, tiny)
  const limit = '"api";r=0;t=175'
  hub.fault({ path: '/api/models', status: 502, headers: { ratelimit: '"api";r=400;t=200' } })
  hub.fault({
    path: '/api/models',
    status: 429,
    headers: { ratelimit: limit, 'ratelimit-policy': '"api";q=500;w=300' },
  })
  const inAMinute = new Date(Date.now() + 60_000).toUTCString()
  hub.fault({ path: '/api/models', status: 429, headers: { 'retry-after': inAMinute, ratelimit: limit } })
  await get()
  expect(waits.slice(0, 2)).toEqual([1000, 175_000])
  expect(Math.abs(waits[2]! - 60_000)).toBeLessThan(10_000)
})

it('a mirror that compresses what was asked for as it is is read all the same', async () => {
  const { hub, get, folder } = await scene()
  hub.put(REPO, tiny)
  const path = 'transformer/config.json'
  const body = gzipSync(tiny.get(path)!)
  const headers = { 'content-encoding': 'gzip', 'content-length': String(body.length) }
  hub.fault({ path, status: 200, headers, body })
  await get()
  await expectWhole(folder)
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

it('a repository that is taken away meanwhile is told as one that is not there', async () => {
  const { hub, get } = await scene()
  hub.put(REPO, tiny)
  hub.fault({ path: VAE, at: 'hub', status: 404, headers: { 'x-error-code': 'RepoNotFound' } })
  await expect(get()).rejects.toMatchObject({ problem: { code: 'no-repository' } })
})
