import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { writeRandomCheckpoint } from '../../bench/random-checkpoint.ts'
import { type Checkpoint, openCheckpoint } from '../../engine/checkpoint/checkpoint.ts'
import { readTensor, type StoredTensor } from '../../engine/checkpoint/safetensors.ts'
import { generate } from '../../engine/pipeline.ts'
import { loadStages } from '../../engine/stages.ts'
import { TINY } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'

const PARTS = [
  ['transformer', 'transformer', ''],
  ['textEncoder', 'text_encoder', 'model.'],
  ['vae', 'vae', ''],
] as const

/** The tiny checkpoint's configuration and tensor lists, as the released ones lie in the repository. */
async function likeTiny(): Promise<string> {
  const folder = temporaryFolder()
  const checkpoint = await openCheckpoint(TINY)
  for (const file of ['model_index.json', 'scheduler/scheduler_config.json'])
    await cp(join(TINY, file), join(folder, file))
  for (const [part, name, prefix] of PARTS) {
    await cp(join(TINY, name, 'config.json'), join(folder, name, 'config.json'))
    const tensors = Array.from(checkpoint[part], ([tensor, { dtype, shape }]) => [prefix + tensor, { dtype, shape }])
    await mkdir(join(folder, name), { recursive: true })
    await writeFile(join(folder, name, 'tensors.json'), JSON.stringify({ tensors: Object.fromEntries(tensors) }))
  }
  return folder
}

async function write(options: Parameters<typeof writeRandomCheckpoint>[1] = {}): Promise<Checkpoint> {
  const folder = join(temporaryFolder(), 'random')
  await writeRandomCheckpoint(folder, { like: await likeTiny(), ...options })
  return openCheckpoint(folder)
}

/** Names, shapes and types of a part, in any order. */
function kinds(tensors: ReadonlyMap<string, StoredTensor>, dtype?: string) {
  return Array.from(tensors, ([name, tensor]) => `${name} ${tensor.shape} ${dtype ?? tensor.dtype}`).toSorted()
}

/** A tensor's bfloat16 or float32 numbers. */
async function numbers(tensor: StoredTensor): Promise<Float32Array> {
  const { buffer } = await readTensor(tensor)
  if (tensor.dtype === 'F32') return new Float32Array(buffer)
  return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer)
}

function meanAndDeviation(values: Float32Array): [number, number] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)]
}

it('a random checkpoint has the tensors of the list, in bfloat16, in three shards with an index', async () => {
  const random = await write()
  const tiny = await openCheckpoint(TINY)
  for (const [part] of PARTS) expect(kinds(random[part])).toEqual(kinds(tiny[part], 'BF16'))
  for (const part of ['transformer', 'textEncoder'] as const)
    expect(new Set(Array.from(random[part].values(), ({ file }) => file)).size).toBe(3)
})

it('fewer layers are left out of the files and of the configuration', async () => {
  const { config, transformer, textEncoder } = await write({ layers: 1, refinerLayers: 1, textLayers: 2 })
  expect(config.transformer).toMatchObject({ n_layers: 1, n_refiner_layers: 1 })
  expect(config.textEncoder).toMatchObject({ num_hidden_layers: 2 })
  const layers = (names: Iterable<string>) =>
    new Set(Array.from(names, (name) => /^(.*(?:layers|_refiner)\.\d+)\./.exec(name)?.[1]).filter(Boolean))
  expect(layers(transformer.keys())).toEqual(new Set(['noise_refiner.0', 'context_refiner.0', 'layers.0']))
  expect(layers(textEncoder.keys())).toEqual(new Set(['layers.0', 'layers.1']))
})

it('weights are normal and keep activations of order one; norms are 1, biases 0; no two tensors are alike', async () => {
  const { transformer } = await write()
  const read = async (name: string) => numbers(transformer.get(name)!)
  const weight = transformer.get('layers.0.feed_forward.w1.weight')!
  const values = await numbers(weight)
  const [mean, deviation] = meanAndDeviation(values)
  const expected = 1 / Math.sqrt(weight.shape[1]!)
  expect(Math.abs(mean)).toBeLessThan(0.05 * expected)
  expect(deviation / expected).toBeGreaterThan(0.97)
  expect(deviation / expected).toBeLessThan(1.03)
  // A normal number is within one deviation in 68.3 % of cases, a uniform one in 57.7 %.
  const within = values.filter((value) => Math.abs(value) < expected).length / values.length
  expect(Math.abs(within - 0.683)).toBeLessThan(0.02)
  expect(new Set(await read('layers.0.attention_norm1.weight'))).toEqual(new Set([1]))
  expect(new Set(await read('layers.0.adaLN_modulation.0.bias'))).toEqual(new Set([0]))
  const other = await read('layers.0.feed_forward.w3.weight')
  expect(values.filter((value, i) => value === other[i]).length / values.length).toBeLessThan(0.05)
})

it('a seed gives the same bytes again, another seed others; float32 holds the same weights as bfloat16', async () => {
  const [once, again, other, wide] = [
    await write(),
    await write(),
    await write({ seed: 1 }),
    await write({ dtype: 'F32' }),
  ]
  const read = ({ transformer }: Checkpoint) => numbers(transformer.get('layers.0.attention.to_q.weight')!)
  expect(await read(again)).toEqual(await read(once))
  expect(await read(other)).not.toEqual(await read(once))
  expect(wide.transformer.get('layers.0.attention.to_q.weight')?.dtype).toBe('F32')
  expect(await read(wide)).toEqual(await read(once))
})

it('progress ends at the number of bytes that was announced', async () => {
  const seen: { writtenBytes: number; totalBytes: number }[] = []
  await writeRandomCheckpoint(temporaryFolder(), { like: await likeTiny() }, (progress) => seen.push(progress))
  expect(seen.length).toBeGreaterThan(100)
  expect(seen.at(-1)!.writtenBytes).toBe(seen[0]!.totalBytes)
})

it('the engine draws from it, and few pixels are black or white', async () => {
  const { folder } = await write({ layers: 1 })
  // The tokenizer that comes with it is the released one: its ids are beyond the tiny vocabulary.
  for (const file of ['tokenizer.json', 'tokenizer_config.json'])
    await cp(join(TINY, 'tokenizer', file), join(folder, 'tokenizer', file))
  const stages = await loadStages(folder, { device: 'cpu', threads: 1 })
  const request = { prompt: 'a red fox', widthPx: 64, heightPx: 64, steps: 2, guidance: 0, seed: 1 }
  const [picture] = await generate(stages, request)
  const clipped = picture!.pixels.filter((value) => value === 0 || value === 255).length / picture!.pixels.length
  expect(clipped).toBeLessThan(0.2)
  await stages.release()
})

it('the tokenizer that is written is the released one', async () => {
  const { folder } = await write()
  const { model } = JSON.parse(await readFile(join(folder, 'tokenizer', 'tokenizer.json'), 'utf8'))
  expect(Object.keys(model.vocab)).toHaveLength(151643)
})
