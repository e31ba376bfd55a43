import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../engine.ts'
import { type CheckpointConfig, readCheckpointConfig, readJsonFile } from './config.ts'
import { RECIPE_FILE, type Recipe, recipeSchema } from './recipe.ts'
import { readSafetensorsHeader, type StoredTensor } from './safetensors.ts'

export type TensorIndex = ReadonlyMap<string, StoredTensor>

/** A checkpoint folder in the released layout: what it says of itself, and where each tensor lies. */
export interface Checkpoint {
  readonly folder: string
  readonly config: CheckpointConfig
  /** Of a prepared model only. */
  readonly recipe: Recipe | undefined
  /** Names without the `model.` prefix that some exports have. */
  readonly textEncoder: TensorIndex
  readonly transformer: TensorIndex
  readonly vae: TensorIndex
}

/** Opens a checkpoint folder without reading any weights. Throws an `EngineError` that names the file. */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  await access(folder).catch((cause) => {
    throw new EngineError('checkpoint-missing', `expected a model folder at ${folder}, found none`, { cause })
  })
  const [config, textEncoder, transformer, vae] = await Promise.all([
    readCheckpointConfig(folder),
    indexTensors(join(folder, 'text_encoder'), 'model'),
    indexTensors(join(folder, 'transformer'), 'diffusion_pytorch_model'),
    indexTensors(join(folder, 'vae'), 'diffusion_pytorch_model'),
  ])
  const recipe = await readRecipe(folder, [textEncoder, transformer])
  return { folder, config, recipe, textEncoder: withoutPrefix(textEncoder, 'model.'), transformer, vae }
}

/** The recipe of a prepared model, held against its tensors. */
async function readRecipe(folder: string, indexes: readonly TensorIndex[]): Promise<Recipe | undefined> {
  const path = join(folder, RECIPE_FILE)
  const found = await access(path).then(
    () => true,
    () => false,
  )
  if (!found) return undefined
  const parsed = recipeSchema.safeParse(await readJsonFile(path))
  if (!parsed.success)
    throw new EngineError('checkpoint-corrupt', `${path}: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`)
  const { blockSize, packed } = parsed.data
  const shapes = indexes
    .flatMap((index) => [...index.values()])
    .flatMap(({ dtype, shape }) => (dtype === 'U8' ? [shape] : []))
  const ofBits = (bits: number) => shapes.filter(([, , bytes = 0]) => bytes * 8 === blockSize * bits).length
  const got = { int4: ofBits(4), int8: ofBits(8) }
  if (got.int4 !== packed.int4 || got.int8 !== packed.int8 || shapes.length !== got.int4 + got.int8)
    throw new EngineError(
      'checkpoint-corrupt',
      `${path}: expected ${packed.int4} matrices of 4 and ${packed.int8} of 8 bits in blocks of ${blockSize}, got ${got.int4} and ${got.int8} of ${shapes.length}`,
    )
  return parsed.data
}

/**
 * One map of all tensors of a part, from one file, from shards with an index, or from whatever safetensors files lie in
 * the folder when they have other names.
 */
async function indexTensors(folder: string, stem: string): Promise<TensorIndex> {
  const names = await readdir(folder).catch((cause) => {
    throw new EngineError('checkpoint-missing', `expected a folder at ${folder}, found none`, { cause })
  })
  const indexName = `${stem}.safetensors.index.json`
  if (!names.includes(indexName)) {
    const whole = `${stem}.safetensors`
    const files = names.includes(whole) ? [whole] : names.filter((name) => name.endsWith('.safetensors'))
    if (files.length === 0)
      throw new EngineError('checkpoint-missing', `expected ${whole} or ${indexName} in ${folder}, found neither`)
    return mergeHeaders(folder, files)
  }
  const { weight_map } = (await readJsonFile(join(folder, indexName))) as { weight_map?: Record<string, string> }
  if (!weight_map) throw new EngineError('checkpoint-corrupt', `${join(folder, indexName)}: expected a weight_map`)
  const tensors = await mergeHeaders(folder, new Set(Object.values(weight_map)))
  for (const [name, file] of Object.entries(weight_map))
    if (!tensors.has(name))
      throw new EngineError('checkpoint-corrupt', `${join(folder, file)}: expected a tensor ${name}, as the index says`)
  return tensors
}

async function mergeHeaders(folder: string, files: Iterable<string>): Promise<TensorIndex> {
  const headers = await Promise.all(Array.from(files, (file) => readSafetensorsHeader(join(folder, file))))
  return new Map(headers.flatMap((header) => [...header]))
}

function withoutPrefix(tensors: TensorIndex, prefix: string): TensorIndex {
  return new Map(
    Array.from(tensors, ([name, tensor]) => [name.startsWith(prefix) ? name.slice(prefix.length) : name, tensor]),
  )
}
