import { mkdirSync, utimesSync } from 'node:fs'
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { psnr } from '../../bench/psnr.ts'
import { openCheckpoint } from '../../engine/checkpoint/checkpoint.ts'
import { prepareModel } from '../../engine/checkpoint/prepare.ts'
import type { Progress } from '../../engine/checkpoint/progress.ts'
import { PRECISIONS } from '../../engine/checkpoint/treatment.ts'
import { createEngine } from '../../engine/client.ts'
import { loadStages } from '../../engine/stages.ts'
import { verifyCase } from '../../engine/verify-case.ts'
import { DEFAULT_MODEL, REFERENCE } from '../support/checkpoint.ts'
import { watchDisk } from '../support/disk.ts'
import { readTensors, writeSafetensors } from '../support/layouts.ts'

const SOURCE = join(REFERENCE, 'checkpoints', 'tiny-released-layout')
const CASE = join(REFERENCE, 'cases', 'tiny-released-layout', 'square-padded.json')

// Of the latents, against float32: random weights of a tiny model, which feel every bit.
const MOST_ERROR = { int4: 0.3, int8: 0.04, float16: 2e-3, bfloat16: 1e-2, float32: 5e-5 }

describe('a prepared model', () => {
  let folder: string
  let target: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'prepare-'))
    target = join(folder, 'tiny')
  })
  afterEach(() => rm(folder, { recursive: true }))

  it.each(PRECISIONS)('in %s draws nearly what the released one draws', async (precision) => {
    await prepareModel({ source: SOURCE, target, precision })
    const stages = await loadStages(target, { device: 'cpu' })
    try {
      const { latents } = await verifyCase(stages, 'cpu', CASE)
      expect(latents).toBeLessThan(MOST_ERROR[precision])
      // Not the untouched weights by mistake.
      if (precision !== 'float32') expect(latents).toBeGreaterThan(1e-4)
    } finally {
      await stages.release()
    }
  })

  it('in 4 bits keeps 8 where it matters, and takes two thirds of the room', async () => {
    await prepareModel({ source: SOURCE, target, precision: 'int4' })
    const { transformer, textEncoder, recipe, config } = await openCheckpoint(target)
    expect(transformer.get('layers.1.feed_forward.w2.weight')).toMatchObject({ dtype: 'U8', shape: [96, 2, 64] })
    expect(transformer.get('noise_refiner.0.feed_forward.w2.weight')).toMatchObject({ dtype: 'I8', shape: [96, 256] })
    // A row of less than a block stays a row of numbers.
    expect(transformer.get('layers.1.feed_forward.w1.weight')?.dtype).toBe('F16')
    expect(transformer.get('cap_embedder.1.weight')?.dtype).toBe('F32')
    expect(recipe).toMatchObject({ precision: 'int4', source: { name: 'tiny-released-layout' } })
    expect(config.transformer.folded).toEqual({ to_out: 4, w3: 32 })
    expect(textEncoder.has('norm.weight')).toBe(false)
    const size = async (path: string) => (await stat(join(path))).size
    const whole = await Promise.all(
      [1, 2, 3].map((i) => size(join(SOURCE, 'transformer', `diffusion_pytorch_model-0000${i}-of-00003.safetensors`))),
    )
    const small = await size(join(target, 'transformer', 'diffusion_pytorch_model.safetensors'))
    expect(small).toBeLessThan(whole.reduce((a, b) => a + b) * (2 / 3))
  })

  it('in 8 bits has rows that share a scale, which the recipe counts', async () => {
    await prepareModel({ source: DEFAULT_MODEL, target, precision: 'int8' })
    const { transformer, recipe } = await openCheckpoint(target)
    const shapeOf = (name: string) => transformer.get(name)?.shape
    expect(shapeOf('layers.1.attention.to_q.weight')).toEqual([192, 192])
    expect(shapeOf('layers.1.attention.to_q.weight_scales')).toEqual([192])
    expect(shapeOf('layers.1.attention.to_out.0.weight')).toEqual([192, 192])
    expect(recipe?.packed.int4).toBe(0)
    expect(psnr(await drawWith(target), await drawWith(DEFAULT_MODEL))).toBeGreaterThan(30)
  })

  it('is finished by the next run where one was interrupted, with the same bytes', async () => {
    await prepareModel({ source: SOURCE, target, precision: 'int8' })
    const again = join(folder, 'again')
    const cancel = new AbortController()
    const seen: string[] = []
    const interrupted = prepareModel({
      source: SOURCE,
      target: again,
      precision: 'int8',
      signal: cancel.signal,
      onProgress({ what }) {
        if (seen.at(-1) !== what) seen.push(what)
        if (seen.length === 20) cancel.abort()
      },
    })
    await expect(interrupted).rejects.toMatchObject({ code: 'cancelled' })
    await expect(stat(again)).rejects.toThrow('ENOENT')
    // What was done is left alone: this byte would be mended if it were done again.
    const journal = (await readFile(join(`${again}.partial`, 'journal'), 'utf8')).trim().split('\n')
    expect(journal).toEqual(seen.slice(0, 19))
    await prepareModel({ source: SOURCE, target: again, precision: 'int8' })
    for (const file of ['transformer/diffusion_pytorch_model.safetensors', 'text_encoder/model.safetensors'])
      expect((await readFile(join(again, file))).equals(await readFile(join(target, file)))).toBe(true)
    await expect(stat(join(again, 'journal'))).rejects.toThrow('ENOENT')
  })

  it('is finished by the next run where one ended before it had made its folders', async () => {
    const first = new AbortController()
    const onProgress = () => first.abort()
    const begun = prepareModel({ source: SOURCE, target, precision: 'int8', signal: first.signal, onProgress })
    await expect(begun).rejects.toMatchObject({ code: 'cancelled' })
    const partial = `${target}.partial`
    for (const name of await readdir(partial))
      if (name !== 'recipe.json') await rm(join(partial, name), { recursive: true })
    await prepareModel({ source: SOURCE, target, precision: 'int8' })
    await expect(openCheckpoint(target)).resolves.toBeDefined()
  })

  it.skipIf(process.platform !== 'linux')(
    'is on the disk, whole, before it has its name, and keeps what was done where it cannot have that',
    async () => {
      const events = await watchDisk()
      const taking = ({ what }: Progress) => void (what === '' && mkdirSync(join(target, 'taken'), { recursive: true }))
      const refused = prepareModel({ source: SOURCE, target, precision: 'float16', onProgress: taking })
      await expect(refused).rejects.toThrow(target)
      await rm(target, { recursive: true })
      const journal = join(`${target}.partial`, 'journal')
      const done = events.filter(({ kind, path }) => kind === 'write' && path === journal).length
      expect(done).toBeGreaterThan(300)
      for (const [i, { kind, path }] of events.entries())
        if (kind === 'write' && path === journal)
          expect(events[i - 1]).toEqual({ kind: 'sync', path: expect.stringMatching(/safetensors$/) })
      // While what was written is read once more, it can still be stopped.
      const stop = new AbortController()
      const stopping = ({ what }: Progress) => void (what.endsWith('.safetensors') && stop.abort())
      const stopped = prepareModel({
        source: SOURCE,
        target,
        precision: 'float16',
        signal: stop.signal,
        onProgress: stopping,
      })
      await expect(stopped).rejects.toMatchObject({ code: 'cancelled' })
      await prepareModel({ source: SOURCE, target, precision: 'float16' })
      expect(events.filter(({ kind, path }) => kind === 'write' && path === journal)).toHaveLength(done)
      const synced = events.flatMap(({ kind, path }) => (kind === 'sync' ? [relative(`${target}.partial`, path)] : []))
      const files = await readdir(target, { recursive: true, withFileTypes: true })
      const written = files
        .filter((file) => file.isFile())
        .map(({ parentPath, name }) => join(relative(target, parentPath), name))
      expect(new Set(synced)).toEqual(new Set([...written, 'journal']))
    },
  )

  it('is begun anew where the source has changed meanwhile', async () => {
    const source = join(folder, 'source')
    await cp(SOURCE, source, { recursive: true })
    const first = new AbortController()
    const onProgress = () => first.abort()
    await expect(
      prepareModel({ source, target, precision: 'int8', signal: first.signal, onProgress }),
    ).rejects.toThrow()
    const marker = join(`${target}.partial`, 'transformer', 'marker')
    await writeFile(marker, '')
    await utimes(join(source, 'vae', 'diffusion_pytorch_model.safetensors'), 1, 1)
    await prepareModel({ source, target, precision: 'int8' })
    await expect(stat(join(target, 'transformer', 'marker'))).rejects.toThrow('ENOENT')
  })

  it('is refused where the source changes while it is read, and begun anew', async () => {
    const source = join(folder, 'source')
    await cp(SOURCE, source, { recursive: true })
    const onProgress = () => utimesSync(join(source, 'vae', 'diffusion_pytorch_model.safetensors'), 1, 1)
    await expect(prepareModel({ source, target, precision: 'int8', onProgress })).rejects.toThrow(
      `${source} changed meanwhile`,
    )
    await expect(stat(target)).rejects.toThrow('ENOENT')
    await prepareModel({ source, target, precision: 'int8' })
  })

  it('leaves out the whole numbers that some exports have and nobody asks for', async () => {
    const source = join(folder, 'source')
    await cp(SOURCE, source, { recursive: true })
    const path = join(source, 'text_encoder', 'model.safetensors')
    const tensors = await readTensors(join(source, 'text_encoder'))
    await writeSafetensors(path, new Map([...tensors, ['model.position_ids', { dtype: 'I64', shape: [1, 4] }]]))
    await prepareModel({ source, target, precision: 'int8' })
    const { textEncoder } = await openCheckpoint(target)
    expect(textEncoder.has('position_ids')).toBe(false)
  })

  it('is refused before it is written where the source could not be loaded', async () => {
    const weights = join('vae', 'diffusion_pytorch_model.safetensors')
    const breaking: readonly [file: string, change: (path: string) => Promise<void>, says: RegExp][] = [
      [
        weights,
        (path) => withoutTensor(path, 'decoder.conv_out.bias'),
        /decoder\.conv_out\.bias: expected shape \[3\]/,
      ],
      [join('tokenizer', 'tokenizer.json'), (path) => rm(path), /expected a file at .*tokenizer\.json/],
      ['profile.json', (path) => writeFile(path, '{}'), /profile\.json: .*widthPx/],
    ]
    for (const [i, [file, change, says]] of breaking.entries()) {
      const source = join(folder, `source-${i}`)
      await cp(SOURCE, source, { recursive: true })
      await change(join(source, file))
      const seen: string[] = []
      const onProgress = ({ what }: { what: string }) => void seen.push(what)
      await expect(prepareModel({ source, target, precision: 'int8', onProgress })).rejects.toThrow(says)
      expect(seen).toEqual([])
    }
  })

  it('leaves as much of the disk free as it is told to', async () => {
    const reserveBytes = 1e15
    await expect(prepareModel({ source: SOURCE, target, precision: 'int8', reserveBytes })).rejects.toMatchObject({
      problem: { code: 'no-disk', path: target, needBytes: expect.closeTo(reserveBytes, -9) },
    })
  })

  it('tells how far it is within a tensor too, and while the files are read once more', async () => {
    const seen: Progress[] = []
    await prepareModel({ source: SOURCE, target, precision: 'int8', onProgress: (step) => void seen.push(step) })
    const [{ totalBytes: readBytes }] = seen as [Progress]
    const [converting, reading] = [true, false].map((is) =>
      seen.filter(({ totalBytes }) => (totalBytes === readBytes) === is),
    )
    for (const steps of [converting, reading] as Progress[][]) {
      expect(steps.map(({ doneBytes }) => doneBytes)).toEqual(
        steps.map(({ doneBytes }) => doneBytes).toSorted((a, b) => a - b),
      )
      expect(steps.at(-1)).toMatchObject({ doneBytes: steps[0]!.totalBytes })
    }
    const matrix = converting!.filter(({ what }) => what === 'transformer/layers.1.feed_forward.w2.weight')
    // Its numbers and its scales are written one after another.
    expect(new Set(matrix.map(({ doneBytes }) => doneBytes)).size).toBeGreaterThan(1)
    expect(reading!.at(-1)!.what).toBe('vae/diffusion_pytorch_model.safetensors')
  })

  it('is open to writing, whatever it is made of', async () => {
    const source = join(folder, 'source')
    await cp(SOURCE, source, { recursive: true })
    for (const name of ['tokenizer', join('tokenizer', 'tokenizer.json')]) await chmod(join(source, name), 0o555)
    await prepareModel({ source, target, precision: 'int8' })
    for (const entry of await readdir(target, { recursive: true, withFileTypes: true }))
      expect((await stat(join(entry.parentPath, entry.name))).mode & 0o200, entry.name).toBe(0o200)
    await chmod(join(source, 'tokenizer'), 0o755)
  })

  it('has no links, whatever it is made of', async () => {
    const source = join(folder, 'source')
    await cp(SOURCE, source, { recursive: true })
    await rename(join(source, 'tokenizer'), join(folder, 'blobs'))
    await mkdir(join(source, 'tokenizer'))
    for (const name of await readdir(join(folder, 'blobs')))
      await symlink(join('..', '..', 'blobs', name), join(source, 'tokenizer', name))
    await prepareModel({ source, target, precision: 'int8' })
    for (const entry of await readdir(target, { recursive: true, withFileTypes: true }))
      expect(entry.isSymbolicLink(), entry.name).toBe(false)
  })

  it.skipIf(process.platform !== 'linux')('says that the disk is full, and is finished when it is not', async () => {
    const first = new AbortController()
    const onProgress = () => first.abort()
    const begun = prepareModel({ source: SOURCE, target, precision: 'int8', signal: first.signal, onProgress })
    await expect(begun).rejects.toMatchObject({ code: 'cancelled' })
    const vae = join(`${target}.partial`, 'vae', 'diffusion_pytorch_model.safetensors')
    await symlink('/dev/full', vae)
    const reserveBytes = 10 ** 6
    const full = await prepareModel({ source: SOURCE, target, precision: 'int8', reserveBytes }).catch((error) => error)
    expect(full).toMatchObject({ problem: { code: 'no-disk', path: target } })
    // As much as the next run asks for.
    expect(full.problem.needBytes).toBeGreaterThan(reserveBytes)
    await rm(vae)
    await prepareModel({ source: SOURCE, target, precision: 'int8' })
    await expect(openCheckpoint(target)).resolves.toBeDefined()
  })

  it('is not prepared twice, nor over another', async () => {
    await prepareModel({ source: SOURCE, target, precision: 'int8' })
    await expect(prepareModel({ source: SOURCE, target, precision: 'int8' })).rejects.toThrow(/expected no folder at/)
    const twice = prepareModel({ source: target, target: join(folder, 'twice'), precision: 'int4' })
    await expect(twice).rejects.toThrow(/is in int8 already/)
  })

  it('is refused when its tensors are not what the recipe says', async () => {
    await prepareModel({ source: SOURCE, target, precision: 'int8' })
    const path = join(target, 'recipe.json')
    const recipe = JSON.parse(await readFile(path, 'utf8'))
    await writeFile(path, JSON.stringify({ ...recipe, packed: { int4: 3, int8: 0 } }))
    await expect(openCheckpoint(target)).rejects.toThrow(/recipe\.json: expected 3 matrices of 4 and 0 of 8 bits/)
    await writeFile(path, JSON.stringify({ ...recipe, format: 1 }))
    await expect(openCheckpoint(target)).rejects.toThrow(/prepare the model anew/)
  })
})

async function withoutTensor(path: string, name: string): Promise<void> {
  const tensors = new Map(await readTensors(dirname(path)))
  tensors.delete(name)
  await writeSafetensors(path, tensors)
}

async function drawWith(model: string): Promise<Uint8Array> {
  const engine = createEngine({ model, device: 'cpu' })
  try {
    const request = { prompt: 'a red apple', widthPx: 256, heightPx: 256, steps: 4, guidance: 0, seed: 1 }
    const [picture] = await engine.generate(request)
    return picture?.pixels as Uint8Array
  } finally {
    await engine.close()
  }
}
