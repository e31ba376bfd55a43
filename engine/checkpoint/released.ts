import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../engine.ts'
import { inspectConfig } from './config.ts'
import { type Fault, toFault, unreadable } from './fault.ts'
import { type FoundModel, type FoundPart, foreignIn, type TensorIndex } from './found.ts'
import { readJsonFile } from './json-file.ts'
import { inspectSafetensors, type StoredTensor } from './safetensors.ts'

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) })

/** Whether a folder means to be in the released layout, complete or not. */
export function isReleased(names: readonly string[]): boolean {
  return ['model_index.json', 'transformer', 'text_encoder'].some((name) => names.includes(name))
}

/** Reads a folder in the released layout as far as it can be read without its weights. */
export async function findReleased(folder: string): Promise<FoundModel> {
  const [{ config, faults }, textEncoder, transformer, vae] = await Promise.all([
    inspectConfig(folder),
    findPart(join(folder, 'text_encoder'), 'model'),
    findPart(join(folder, 'transformer'), 'diffusion_pytorch_model'),
    findPart(join(folder, 'vae'), 'diffusion_pytorch_model'),
  ])
  return {
    folder,
    name: basename(resolve(folder)),
    tokenizer: join(folder, 'tokenizer'),
    config,
    parts: {
      textEncoder: { ...textEncoder, tensors: withoutPrefix(textEncoder.tensors, 'model.') },
      transformer,
      vae,
    },
    faults,
  }
}

/**
 * One map of all tensors of a part, from one file, from shards with an index, or from whatever safetensors files lie in
 * the folder when they have other names.
 */
async function findPart(folder: string, stem: string): Promise<FoundPart> {
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (cause) {
    return nothing(toFault(unreadable(folder, 'a folder', cause as NodeJS.ErrnoException)))
  }
  const indexName = `${stem}.safetensors.index.json`
  if (names.includes(indexName)) return findShards(folder, indexName)
  const whole = `${stem}.safetensors`
  // Not hidden ones: macOS puts such a file beside each on a disk of another system.
  const files = names.includes(whole) ? [whole] : names.filter((name) => /^[^.].*\.safetensors$/.test(name))
  if (files.length === 0)
    return nothing({
      code: 'checkpoint-missing',
      message: `expected ${whole} or ${indexName} in ${folder}, found neither`,
    })
  const { tensors, faults, byFile } = await mergeFiles(folder, files)
  return { tensors, faults: [...faults, ...twins(folder, byFile)] }
}

/** Of two files that hold the same part, as fp16 and bf16, it would be chance which one is read. */
function twins(folder: string, byFile: ReadonlyMap<string, ReadonlyMap<string, StoredTensor>>): Fault[] {
  const fileOf = new Map<string, string>()
  for (const [file, held] of byFile)
    for (const name of held.keys()) {
      const other = fileOf.get(name)
      if (other === undefined) fileOf.set(name, file)
      else {
        const message = `${folder}: expected each tensor in one file, got ${name} in ${other} and in ${file}: keep one of the two`
        return [{ code: 'checkpoint-corrupt', message, tensor: name }]
      }
    }
  return []
}

async function findShards(folder: string, indexName: string): Promise<FoundPart> {
  const path = join(folder, indexName)
  let map: Readonly<Record<string, string>>
  try {
    map = await readWeightMap(path)
  } catch (error) {
    return nothing(toFault(error))
  }
  const shards = [...new Set(Object.values(map))]
  const { tensors, faults, byFile } = await mergeFiles(folder, shards)
  const misplaced = Object.entries(map).flatMap(([name, file]): Fault[] => {
    // A shard that cannot be read has its fault already.
    const held = byFile.get(file)
    if (!held || held.has(name)) return []
    const message = `${join(folder, file)}: expected a tensor ${name}, as the index says`
    return [{ code: 'checkpoint-corrupt', message, tensor: name }]
  })
  const unnamed = [...byFile].flatMap(([file, held]) =>
    [...held.keys()].flatMap((name): Fault[] => {
      if (map[name] === file) return []
      const message = `${path}: expected it to say that ${name} is in ${file}, it says ${map[name] ?? 'nothing'}`
      return [{ code: 'checkpoint-corrupt', message, tensor: name }]
    }),
  )
  return { tensors, faults: [...faults, ...misplaced, ...unnamed] }
}

/** Which file has which tensor, as an index says. Throws an `EngineError`. */
export async function readWeightMap(path: string): Promise<Readonly<Record<string, string>>> {
  const index = indexSchema.safeParse(await readJsonFile(path))
  if (!index.success) throw new EngineError('checkpoint-corrupt', `${path}: expected a weight_map`)
  return index.data.weight_map
}

async function mergeFiles(
  folder: string,
  files: readonly string[],
): Promise<FoundPart & { readonly byFile: ReadonlyMap<string, ReadonlyMap<string, StoredTensor>> }> {
  const faults: Fault[] = []
  const byFile = new Map<string, ReadonlyMap<string, StoredTensor>>()
  const headers = await Promise.all(
    files.map((file) =>
      inspectSafetensors(join(folder, file)).catch((error) => ({ tensors: undefined, faults: [toFault(error)] })),
    ),
  )
  for (const [i, { tensors, faults: own }] of headers.entries()) {
    faults.push(...own)
    if (tensors) byFile.set(files[i] as string, tensors)
  }
  const tensors = new Map([...byFile.values()].flatMap((held) => [...held]))
  const foreign = foreignIn(tensors)
  if (foreign) faults.push(foreign)
  return { tensors, faults, byFile }
}

function nothing(fault: Fault): FoundPart {
  return { tensors: new Map(), faults: [fault] }
}

function withoutPrefix(tensors: TensorIndex, prefix: string): TensorIndex {
  return new Map(
    Array.from(tensors, ([name, tensor]) => [name.startsWith(prefix) ? name.slice(prefix.length) : name, tensor]),
  )
}
