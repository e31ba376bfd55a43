import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TINY } from './support/checkpoint.ts'
import { temporaryFolder } from './support/folder.ts'
import { filesOf, openHub } from './support/hub.ts'
import { startProgram } from './support/program.ts'

const REPO = 'Tongyi-MAI/Z-Image-Turbo'
const VAE = 'vae/diffusion_pytorch_model.safetensors'
const tiny = filesOf(TINY)

/** The program, as somebody types it. */
function start(dataDir: string, line: string, env: Record<string, string> = {}) {
  return startProgram(line.split(' '), { DATA_DIR: dataDir, HF_TOKEN: 'hf_marker', DISK_FREE_MB: '0', ...env })
}

test('two commands bring a model and draw with it', async () => {
  const hub = await openHub()
  hub.put(REPO, tiny)
  const dataDir = temporaryFolder()
  const got = await start(dataDir, 'models get z-image-turbo', { HF_ENDPOINT: `${hub.url}/` }).ended
  expect(got).toMatchObject({ status: 0, complained: '' })
  expect(got.said).toMatch(/100 %/u)
  expect(got.said).toContain(`z-image-turbo is in ${join(dataDir, 'models', 'z-image-turbo')}`)
  expect(got.said).not.toContain('hf_marker')

  const args = 'imagine fox --model z-image-turbo --steps 1 --size 256x256 --json'
  const drawn = await start(dataDir, args).ended
  expect(drawn).toMatchObject({ status: 0 })
  expect(existsSync(JSON.parse(drawn.said).path)).toBe(true)

  const again = await start(dataDir, 'models get z-image-turbo', { HF_ENDPOINT: 'http://127.0.0.1:1' }).ended
  expect(again).toMatchObject({ status: 0, said: expect.stringContaining('already') })
})

test('one command fetches a model and makes a smaller one of it', async () => {
  const hub = await openHub()
  hub.put(REPO, tiny)
  const dataDir = temporaryFolder()
  const line = 'models get z-image-turbo --precision float16'
  expect(await start(dataDir, line, { HF_ENDPOINT: hub.url }).ended).toMatchObject({ status: 0, complained: '' })
  const { said } = await start(dataDir, 'models list', { MODEL: 'z-image-turbo-float16' }).ended
  expect(said).toMatch(/^ {2}default +models\/default +[\d.]+ MB +float16 +complete$/mu)
  expect(said).toMatch(/^ {2}z-image-turbo .* float32 +complete$/mu)
  expect(said).toMatch(/^\* z-image-turbo-float16 .* float16 +complete$/mu)
})

test('a model is prepared once, and another of the same name is not taken for it', async () => {
  const dataDir = temporaryFolder()
  const [mine, other] = [join(temporaryFolder(), 'mine'), join(temporaryFolder(), 'mine')]
  for (const folder of [mine, other]) await cp(TINY, folder, { recursive: true })
  const prepare = (path: string) => start(dataDir, `models prepare ${path} --precision float16`).ended
  expect(await prepare(mine)).toMatchObject({ status: 0, complained: '' })
  expect(await prepare(mine)).toMatchObject({ status: 0, said: expect.stringContaining('already') })
  const taken = join(dataDir, 'models', 'mine-float16')
  expect(await prepare(other)).toMatchObject({ status: 1, complained: expect.stringContaining(`${taken} is already`) })
})

test('a fetched model is sound until a bit of it turns over, and the check names the file', async () => {
  const hub = await openHub()
  hub.put(REPO, tiny)
  const dataDir = temporaryFolder()
  await start(dataDir, 'models get z-image-turbo', { HF_ENDPOINT: hub.url }).ended
  const sound = await start(dataDir, 'models check z-image-turbo').ended
  expect(sound).toMatchObject({ status: 0, complained: '' })
  expect(sound.said).toMatch(/^transformer: \d+ tensors, 4\.\d+ MB$/mu)
  expect(sound.said).toMatch(/z-image-turbo is sound\.$/mu)

  // The last bit of a number: a number still, and no shape says so.
  const path = join(dataDir, 'models', 'z-image-turbo', VAE)
  const bytes = readFileSync(path)
  bytes[bytes.length - 2]! ^= 1
  writeFileSync(path, bytes)
  const damaged = await start(dataDir, 'models check z-image-turbo').ended
  expect(damaged.status).toBe(1)
  expect(damaged.said).toMatch(/vae\/diffusion_pytorch_model\.safetensors: expected the sha256 [0-9a-f]{64}, got/u)
  expect(damaged.said).toMatch(/can't be used as it is\.$/mu)
})

test('Ctrl-C keeps what was fetched and says how to go on; the same command then does', async () => {
  const hub = await openHub()
  hub.put(REPO, tiny)
  const dataDir = temporaryFolder()
  const asked = new Promise<void>((resolve) => {
    hub.fault({ path: VAE, at: 'storage', silentAfter: 500_000, onRequest: resolve })
  })
  const first = start(dataDir, 'models get z-image-turbo', { HF_ENDPOINT: hub.url })
  await asked
  first.child.kill('SIGINT')
  const stopped = await first.ended
  expect(stopped).toMatchObject({ status: 130, complained: '' })
  expect(stopped.said).toMatch(/Stopped\. .* npm start -- models get z-image-turbo$/mu)
  expect(readdirSync(join(dataDir, 'models')).sort()).toEqual(['.lock', 'z-image-turbo.partial'])
  const { said } = await start(dataDir, 'models list').ended
  expect(said).toMatch(/z-image-turbo\.partial .* of 6\.\d+ MB; continue with: npm start -- models get Tongyi-MAI/u)
  expect(await start(dataDir, 'models get z-image-turbo', { HF_ENDPOINT: hub.url }).ended).toMatchObject({ status: 0 })
})

test.each([
  ['models get z-imag', /Expected z-image-turbo, z-image, or a repository/u],
  ['models get constructor', /Expected z-image-turbo, z-image, or a repository/u],
  ['models get some/Flux', /some\/Flux is not a Z-Image in the released layout: it has no transformer\/config\.json/u],
  ['models get no/Where', /has no repository no\/Where, or it is private and closed to this HF_TOKEN/u],
  ['models remove nothing', /no model nothing/u],
  ['models remove ../..', /only those can be removed/u],
  ['models prepare nothing --precision int4', /no model nothing; you have default/u],
])('%s is refused in a sentence', async (line, sentence) => {
  const hub = await openHub()
  hub.put('some/Flux', new Map([['README.md', Buffer.from('')]]))
  const { status, complained } = await start(temporaryFolder(), line, { HF_ENDPOINT: hub.url }).ended
  expect(status).toBe(1)
  expect(complained).toMatch(sentence)
  expect(complained.trim().split('\n')).toHaveLength(1)
  expect(complained).not.toMatch(/hf_marker|\n {4}at /u)
})

test('the sentences are Chinese where the house is', async () => {
  const { complained } = await start(temporaryFolder(), 'models get z-imag', { LANGUAGE: 'zh' }).ended
  expect(complained).toMatch(/^应为 z-image-turbo、z-image/u)
})

test('a model that MODEL names is told as missing with the names there are', async () => {
  const dataDir = temporaryFolder()
  await cp(TINY, join(dataDir, 'models', 'mine'), { recursive: true })
  const { status, complained } = await start(dataDir, 'imagine fox', { MODEL: 'mein' }).ended
  expect(status).toBe(1)
  expect(complained).toBe('There is no model mein; you have default, mine.\n')
})
