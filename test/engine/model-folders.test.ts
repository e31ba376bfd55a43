import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, relative, resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import {
  listModels,
  lockOfModel,
  modelFoldersOf,
  removeModel,
  resolveModel,
} from '../../engine/checkpoint/model-folders.ts'
import { createModels } from '../../engine/checkpoint/models.ts'
import { ModelsError } from '../../engine/checkpoint/models-error.ts'
import { lockFolder } from '../../src/store/lock.ts'
import { TINY } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'
import { filesOf } from '../support/hub.ts'

const VAE = 'vae/diffusion_pytorch_model.safetensors'

/** A data folder with these models in it. */
async function scene(...names: string[]) {
  const dataDir = temporaryFolder()
  const folders = modelFoldersOf(dataDir)
  for (const name of names) await cp(TINY, join(folders.folder, name), { recursive: true })
  return { dataDir, folders, at: (name: string) => join(folders.folder, name) }
}

const bytesOf = (folder: string) => [...filesOf(folder).values()].reduce((bytes, content) => bytes + content.length, 0)

it('a model is meant by its folder, by its name in any case, or by the name of the one that comes along', async () => {
  const { folders, at } = await scene('z-image-turbo')
  expect(resolveModel(at('z-image-turbo'), folders)).toBe(at('z-image-turbo'))
  expect(resolveModel('Z-Image-Turbo', folders)).toBe(at('z-image-turbo'))
  await cp(TINY, at('My-Model-int8'), { recursive: true })
  expect(resolveModel('My-Model-int8', folders)).toBe(at('My-Model-int8'))
  expect(resolveModel('my-model-int8', folders)).toBe(at('My-Model-int8'))
  expect(resolveModel('default', folders)).toBe(join('models', 'default'))
  expect(resolveModel('models/default', folders)).toBe('models/default')
})

it('wherever the program is started, the one that comes along is found by its name and by its path', async () => {
  const root = process.cwd()
  onTestFinished(() => process.chdir(root))
  const builtIn = join(root, 'models', 'default')
  for (const start of [temporaryFolder(), join(root, 'models'), builtIn]) {
    process.chdir(start)
    for (const given of ['default', 'models/default', './models/default/'])
      expect(resolve(resolveModel(given, modelFoldersOf('data')))).toBe(builtIn)
  }
})

it('a name that is none is refused with those there are, which a model on its way is not yet', async () => {
  const { folders } = await scene('z-image-turbo', 'other', 'begun.partial')
  for (const given of ['z-imag', 'begu', '../models/x'])
    expect(() => resolveModel(given, folders)).toThrow(
      new ModelsError({ code: 'no-such-model', given, known: ['default', 'other', 'z-image-turbo'] }),
    )
})

it('a model on its way is told as such, by its own name and by the one in the list', async () => {
  const { folders } = await scene('begun.partial')
  for (const given of ['begun', 'Begun', 'begun.partial'])
    expect(() => resolveModel(given, folders)).toThrow(new ModelsError({ code: 'unfinished', given }))
})

it('the list tells of each model its size, its precision and whether it is complete, and which one is configured', async () => {
  const { folders, at } = await scene('whole', 'cut', 'begun.partial', 'begun-int4.partial')
  await truncate(join(at('cut'), VAE), 100_000)
  const source = { repo: 'some/Begun', revision: 'v1', commit: 'c' }
  const file = { path: VAE, bytes: 10_000_000, hash: { kind: 'sha256', hex: 'h' } }
  await writeFile(join(at('begun.partial'), 'source.json'), JSON.stringify({ ...source, files: [file] }))
  const rows = await listModels(folders, 'whole')
  expect(rows.map(({ name, configured, state }) => ({ name, configured, ...state }))).toEqual([
    { name: 'default', configured: false, kind: 'complete', precision: 'float16' },
    { name: 'begun-int4.partial', configured: false, kind: 'preparing' },
    {
      name: 'begun.partial',
      configured: false,
      kind: 'fetching',
      repo: 'some/Begun',
      revision: 'v1',
      totalBytes: 10_000_000,
    },
    {
      name: 'cut',
      configured: false,
      kind: 'broken',
      fault: expect.objectContaining({ situation: expect.objectContaining({ kind: 'cut-off' }) }),
    },
    { name: 'whole', configured: true, kind: 'complete', precision: 'float32' },
  ])
  expect(rows.at(-1)).toMatchObject({ path: at('whole'), bytes: bytesOf(TINY) })
})

it.skipIf(process.platform === 'win32')('a model that cannot be read keeps no other from the list', async () => {
  const { folders, at } = await scene('closed', 'whole')
  await rm(join(at('closed'), VAE))
  // Nothing opens a socket as a file, whoever asks.
  const socket = createServer().listen(relative('', join(at('closed'), VAE)))
  await once(socket, 'listening')
  const rows = await listModels(folders, 'whole')
  socket.close()
  expect(rows.slice(1)).toMatchObject([
    {
      name: 'closed',
      state: { kind: 'broken', fault: expect.objectContaining({ message: expect.stringContaining(VAE) }) },
    },
    { name: 'whole', state: { kind: 'complete' } },
  ])
})

it('a configured model from elsewhere is listed too, also where it is not there', async () => {
  const { folders } = await scene()
  expect((await listModels(folders, TINY)).at(-1)).toMatchObject({ path: TINY, configured: true })
  expect((await listModels(folders, '/nowhere')).at(-1)).toMatchObject({
    path: '/nowhere',
    configured: true,
    state: { kind: 'broken' },
  })
})

it('a configured model that is one file has its size', async () => {
  const { folders } = await scene()
  expect((await listModels(folders, join(TINY, VAE))).at(-1)).toMatchObject({ bytes: filesOf(TINY).get(VAE)!.length })
})

it('a removed model is gone with what was begun of it, and the freed bytes are told', async () => {
  const { folders, at } = await scene('one', 'one.partial', 'two')
  const bytes = bytesOf(at('one')) + bytesOf(at('one.partial'))
  expect(await removeModel('one', folders, 'models/default', lockFolder)).toBe(bytes)
  expect([at('one'), at('one.partial'), at('two')].map((path) => existsSync(path))).toEqual([false, false, true])
  expect(await removeModel(at('two'), folders, 'models/default', lockFolder)).toBeGreaterThan(0)
})

it('of a linked model only the link is removed', async () => {
  const { folders, at } = await scene()
  const elsewhere = join(temporaryFolder(), 'mine')
  await cp(TINY, elsewhere, { recursive: true })
  await mkdir(folders.folder, { recursive: true })
  await symlink(elsewhere, at('mine'))
  await removeModel('mine', folders, 'models/default', lockFolder)
  expect(existsSync(at('mine'))).toBe(false)
  expect(await readFile(join(elsewhere, VAE))).toHaveLength(filesOf(TINY).get(VAE)!.length)
})

it.each(['one', 'ONE'])('the configured model (MODEL=%s) is not removed', async (configured) => {
  const { folders, at } = await scene('one')
  await expect(removeModel('one', folders, configured, lockFolder)).rejects.toMatchObject({
    problem: { code: 'in-use' },
  })
  expect(existsSync(at('one'))).toBe(true)
})

it('nor is the folder that the configured model lies in, or that a link to it leads to', async () => {
  const { folders, at } = await scene('one')
  await symlink('one', at('current'))
  const linked = join(temporaryFolder(), 'models')
  await symlink(folders.folder, linked)
  for (const configured of [join(at('one'), VAE), 'current', join(linked, 'one')])
    await expect(removeModel('one', folders, configured, lockFolder)).rejects.toMatchObject({
      problem: { code: 'in-use' },
    })
  await expect(removeModel('current', folders, 'current', lockFolder)).rejects.toMatchObject({
    problem: { code: 'in-use' },
  })
  // A link by itself can go, and frees nothing.
  expect(await removeModel('current', folders, 'one', lockFolder)).toBe(0)
  expect(existsSync(join(at('one'), VAE))).toBe(true)
})

it.each(['..', '.', '', '../..', 'models/default', 'one/vae', '/', '../zimagine.db'])(
  'nothing outside the folder of models is removed: %j',
  async (given) => {
    const { folders, at, dataDir } = await scene('one')
    await writeFile(join(dataDir, 'zimagine.db'), '')
    await expect(removeModel(given, folders, 'models/default', lockFolder)).rejects.toMatchObject({
      problem: { code: 'outside' },
    })
    expect(existsSync(join(at('one'), VAE))).toBe(true)
    expect(existsSync(join(dataDir, 'zimagine.db'))).toBe(true)
  },
)

it('a model that is not there is refused with those that are', async () => {
  const { folders } = await scene('one', 'two.partial')
  await expect(removeModel('three', folders, 'models/default', lockFolder)).rejects.toMatchObject({
    problem: { code: 'no-such-model', known: ['one', 'two.partial'] },
  })
  await writeFile(join(folders.folder, '.lock'), '')
  await expect(removeModel('.lock', folders, 'models/default', lockFolder)).rejects.toMatchObject({
    problem: { code: 'no-such-model' },
  })
  await expect(removeModel('default', folders, 'other', lockFolder)).rejects.toMatchObject({
    problem: { code: 'outside', path: folders.builtIn },
  })
  await rm(folders.folder, { recursive: true })
  await expect(removeModel('three', folders, 'models/default', lockFolder)).rejects.toMatchObject({
    problem: { code: 'no-such-model', known: [] },
  })
})

it.each([
  ['source.json', '{"repo":"some/One-int8","revision":"main","commit":"c","files":[]}', 'some/One-int8'],
  ['mine', 'precious', undefined],
])(
  'what is where a prepared model would be written, and no run began (%s), is left alone',
  async (file, text, repo) => {
    const { dataDir, at } = await scene('one', 'one-int8.partial')
    const hub = { endpoint: 'http://127.0.0.1:1', token: undefined }
    const models = createModels({ dataDir, configured: 'models/default', hub, reserveBytes: 0, lock: lockFolder })
    const begun = at('one-int8.partial')
    await writeFile(join(begun, file), text)
    const watch = { signal: new AbortController().signal, onProgress() {}, onTrouble() {} }
    await expect(models.prepare('one', 'int8', watch)).rejects.toMatchObject({
      problem: { code: 'exists', path: begun, repo },
    })
    expect(await readFile(join(begun, file), 'utf8')).toBe(text)
    await rm(begun, { recursive: true })
    await expect(models.prepare('one', 'int8', watch)).resolves.toMatchObject({ already: false })
  },
)

it.each([
  ['one', ''],
  ['one', VAE],
])('a model that a process draws with (%s/%s) is not removed until it ends, another is', async (name, file) => {
  const { folders, at } = await scene('one', 'two')
  const held = lockFolder(lockOfModel(join(at(name), file), folders)!)
  const remove = (each: string) => removeModel(each, folders, 'models/default', lockFolder)
  await expect(remove('one')).rejects.toMatchObject({ problem: { code: 'running', path: at('one') } })
  expect(await remove('two')).toBeGreaterThan(0)
  held.release()
  expect(await remove('one')).toBeGreaterThan(0)
  expect(await readdir(folders.folder)).toEqual([])
})

it('a model elsewhere has no lock: nobody removes it', async () => {
  const { folders, dataDir } = await scene()
  for (const path of [folders.builtIn, TINY, dataDir, folders.folder])
    expect(lockOfModel(path, folders), path).toBeUndefined()
})

it('two commands that change models do not work at once', async () => {
  const { dataDir, folders } = await scene('one')
  const lock = lockFolder(join(folders.folder, '.lock'))
  const hub = { endpoint: 'http://127.0.0.1:1', token: undefined }
  const models = createModels({ dataDir, configured: 'models/default', hub, reserveBytes: 0, lock: lockFolder })
  await expect(models.remove('one')).rejects.toMatchObject({ problem: { code: 'locked' } })
  lock.release()
  expect(await models.remove('one')).toBeGreaterThan(0)
})

it('a prepared model is sound until a bit of it turns over, and the check names the file', async () => {
  const { dataDir, at } = await scene('one')
  const hub = { endpoint: 'http://127.0.0.1', token: undefined }
  const models = createModels({ dataDir, configured: 'models/default', hub, reserveBytes: 0, lock: lockFolder })
  const watch = { signal: new AbortController().signal, onProgress() {}, onTrouble() {} }
  await models.prepare('one', 'int4', watch)
  expect(await models.check('one-int4', watch)).toMatchObject({ ok: true, faults: [] })
  for (const file of [VAE, 'transformer/diffusion_pytorch_model.safetensors', 'text_encoder/model.safetensors']) {
    const path = join(at('one-int4'), file)
    const whole = await readFile(path)
    const damaged = Buffer.from(whole)
    damaged[damaged.length - 2]! ^= 1
    await writeFile(path, damaged)
    const { ok, faults } = await models.check('one-int4', watch)
    expect(ok).toBe(false)
    expect(faults).toEqual([
      { code: 'checkpoint-corrupt', message: expect.stringContaining(`${path}: expected the sha256 `) },
    ])
    await writeFile(path, whole)
  }
  await rm(join(at('one-int4'), VAE))
  expect((await models.check('one-int4', watch)).faults).toContainEqual({
    code: 'checkpoint-missing',
    message: `expected a file at ${join(at('one-int4'), VAE)}, found none`,
  })
})
