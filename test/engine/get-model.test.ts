import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { generate } from '../../engine/pipeline.ts'
import { loadStages } from '../../engine/stages.ts'
import { watchDisk } from '../support/disk.ts'
import { expectWhole, REPO, scene, size, tiny, VAE } from '../support/fetching.ts'

// What repositories have besides, and nobody needs here.
const BESIDES = [
  'README.md',
  '.gitattributes',
  'assets/showcase.jpg',
  'transformer/diffusion_pytorch_model.bin',
  'transformer/diffusion_pytorch_model.fp16.safetensors',
  'text_encoder/pytorch_model.bin.index.json',
  'vae/diffusion_pytorch_model.fp16.safetensors',
  'controlnet/diffusion_pytorch_model.safetensors',
  'z_image_turbo.safetensors',
]
const released = new Map([...tiny, ...BESIDES.map((path) => [path, Buffer.from(path)] as const)])

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

  // What a check holds the folder against.
  const { files } = JSON.parse(await readFile(join(folder, 'source.json'), 'utf8'))
  expect(files.map((file: { path: string }) => file.path).sort()).toEqual([...tiny.keys()].sort())

  const total = [...tiny.values()].reduce((bytes, content) => bytes + content.length, 0)
  expect(progress.at(-1)).toMatchObject({ doneBytes: total, totalBytes: total })

  const stages = await loadStages(folder, { device: 'cpu', threads: 1 })
  const request = { prompt: 'a fox', widthPx: 64, heightPx: 64, steps: 1, guidance: 0, seed: 1 }
  expect(await generate(stages, request)).toHaveLength(1)
  await stages.release()
})

it.skipIf(process.platform !== 'linux')('every file is on the disk, whole, before it has its name', async () => {
  const { hub, get, partial } = await scene()
  hub.put(REPO, tiny)
  const events = await watchDisk()
  await get()
  const last = new Map(events.map(({ kind, path }) => [relative(partial, path), kind]))
  const written = [...tiny.keys()].map((path) => `${path}.incomplete`)
  expect(last).toEqual(new Map([...written, 'source.json.new'].map((path) => [path, 'sync'])))
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
  expect(await get(REPO.toLowerCase())).toMatchObject({ already: true })
  expect(hub.requests).toHaveLength(before)
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

it.each([
  [{ siglip_feat_dim: 1152 }, /Omni, Edit/u],
  [{ quantization_config: { load_in_4bit: true, quant_method: 'bitsandbytes' } }, /take the bfloat16 ones/u],
])('a Z-Image with %o is refused in words', async (change, words) => {
  const { hub, get } = await scene()
  const path = 'transformer/config.json'
  const config = { ...JSON.parse(tiny.get(path)!.toString()), ...change }
  hub.put('some/Z-Image', new Map([...tiny, [path, Buffer.from(JSON.stringify(config))]]))
  await expect(get('some/Z-Image')).rejects.toMatchObject({
    problem: { code: 'other-architecture', what: expect.stringMatching(words) },
  })
  expect(hub.requests.filter(({ path }) => path.endsWith('.safetensors'))).toEqual([])
})

it('one whose weights are of no use is told as soon as they are there, and stays', async () => {
  const { hub, get, dataDir, models } = await scene()
  const path = 'transformer/config.json'
  const config = { ...JSON.parse(tiny.get(path)!.toString()), n_layers: 3 }
  hub.put('some/Z-Image', new Map([...tiny, [path, Buffer.from(JSON.stringify(config))]]))
  await expect(get('some/Z-Image')).rejects.toMatchObject({
    problem: { code: 'other-architecture', repo: 'some/Z-Image', what: expect.stringMatching(/^layers\.2\./u) },
  })
  await expect(get('some/Z-Image')).rejects.toMatchObject({
    problem: {
      code: 'unusable',
      name: 'z-image',
      repo: 'some/Z-Image',
      fault: { message: expect.stringMatching(/^layers\.2\./u) },
    },
  })
  expect(existsSync(join(dataDir, 'models', 'z-image', 'source.json'))).toBe(true)
  await expect(models.remove('z-image')).resolves.toBeGreaterThan(0)
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

it('what is there already needs no room', async () => {
  const { hub, get, folder, partial } = await scene({ reserveBytes: 1e15 })
  hub.put(REPO, tiny)
  await expect(get()).rejects.toMatchObject({ problem: { code: 'no-disk' } })
  for (const [path, content] of tiny)
    if (path.endsWith('.safetensors')) {
      await mkdir(dirname(join(partial, path)), { recursive: true })
      await writeFile(join(partial, path), content)
    }
  await get()
  await expectWhole(folder)
})

it.skipIf(process.platform !== 'linux')(
  'a disk that fills up is told with as much as the next run asks for',
  async () => {
    const reserveBytes = 10 ** 6
    const { hub, get, partial } = await scene({ reserveBytes })
    hub.put(REPO, tiny)
    hub.fault({ path: 'model_index.json', status: 418 })
    await expect(get()).rejects.toMatchObject({ problem: { code: 'refused' } })
    // Before it is known which weights there are to come.
    const begun = join(partial, 'model_index.json.incomplete')
    await rm(begun, { force: true })
    await symlink('/dev/full', begun)
    const { problem } = await get().catch((error) => error)
    expect(problem).toMatchObject({ code: 'no-disk', path: partial })
    const weights = [...tiny.keys()].filter((path) => path.endsWith('.safetensors'))
    const weightBytes = weights.reduce((sum, path) => sum + size(path), 0)
    expect(problem.needBytes).toBeGreaterThanOrEqual(weightBytes + reserveBytes)
  },
)

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
  await expect(get('some/Default')).rejects.toMatchObject({ problem: { code: 'exists', repo: undefined } })
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

it.each(['z-image-turbro', 'a/b/c', '../x', 'https://huggingface.co/a/b', ''])('%j is no name', async (given) => {
  const { get, hub } = await scene()
  await expect(get(given)).rejects.toMatchObject({
    problem: { code: 'unknown-name', known: ['z-image-turbo', 'z-image'] },
  })
  expect(hub.requests).toEqual([])
})
