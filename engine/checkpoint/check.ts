import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isRow } from '../embedding.ts'
import { readProfile } from '../profile.ts'
import { openPromptEncoder, readTokenizer, TOKENIZER_FILES } from '../prompt.ts'
import { findModel } from './checkpoint.ts'
import type { CheckpointConfig, TextEncoderConfig } from './config.ts'
import { type Fault, toFault } from './fault.ts'
import { FLOAT_TYPES, type FoundModel, PACKED_TYPES, PARTS, type PartName, type TensorIndex } from './found.ts'
import { countNotFinite } from './not-finite.ts'
import type { Progress } from './progress.ts'
import { readRecipe } from './recipe.ts'
import type { Dtype, StoredTensor } from './safetensors.ts'
import { isUnused } from './unused.ts'
import { wantedTensors } from './wanted.ts'

/** All that is wrong with a model on disk: plain data. */
export interface ModelReport {
  readonly path: string
  /** Whether pictures can be made of it: nothing was found but perhaps tensors that nobody asked for. */
  readonly ok: boolean
  readonly parts: readonly PartReport[]
  /** What concerns no single part, in the engine's words: its configuration, its tokenizer, or that there is no model at all. */
  readonly faults: readonly Fault[]
}

interface PartReport {
  readonly part: PartName
  readonly files: readonly string[]
  readonly tensors: number
  readonly bytes: number
  readonly findings: readonly Finding[]
}

/** `tensor` is the name in the released layout, but in a `fault` as the file spells it. */
export type Finding =
  | { readonly kind: 'missing'; readonly tensor: string; readonly expected: readonly number[] }
  | { readonly kind: 'extra'; readonly tensor: string; readonly found: readonly number[]; readonly file: string }
  | {
      readonly kind: 'shape'
      readonly tensor: string
      readonly expected: readonly number[]
      readonly found: readonly number[]
      readonly file: string
    }
  | { readonly kind: 'type'; readonly tensor: string; readonly found: Dtype; readonly file: string }
  /** So many of its numbers are infinite or no numbers. */
  | { readonly kind: 'not-finite'; readonly tensor: string; readonly count: number; readonly file: string }
  /** A file or an entry of it that is missing, broken or not of a kind that is read. */
  | ({ readonly kind: 'fault' } & Fault)

interface CheckOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

/**
 * Looks at every tensor of a model, in any layout that can be opened, and tells all that is wrong in one go: missing,
 * extra, mis-shaped, unreadable, not a number. Reads every byte once, a few megabytes at a time. Rejects only when aborted
 * or when the disk fails.
 */
export async function checkModel(path: string, { signal, onProgress }: CheckOptions = {}): Promise<ModelReport> {
  let model: FoundModel
  try {
    model = await findModel(path)
  } catch (error) {
    return { path, ok: false, parts: [], faults: [toFault(error)] }
  }
  const faults = [
    ...model.faults,
    ...(await tokenizerFaults(model.tokenizer, model.config.textEncoder)),
    ...(await settingsFaults(path, model)),
  ]
  const totalBytes = PARTS.reduce((sum, part) => sum + bytesOf(model.parts[part].tensors), 0)
  let doneBytes = 0
  const onBytes = (bytes: number) => {
    doneBytes += bytes
    onProgress?.({ doneBytes, totalBytes, what: path })
  }
  const parts: PartReport[] = []
  for (const part of PARTS) {
    const { tensors, faults: own } = model.parts[part]
    const faulty = own.map((fault): Finding => ({ kind: 'fault', ...fault }))
    const unlike = compare(part, model, tensors)
    const notFinite = await scan(await whole(tensors), { signal, onBytes })
    parts.push({
      part,
      files: [...new Set(Array.from(tensors.values(), ({ file }) => file))],
      tensors: tensors.size,
      bytes: bytesOf(tensors),
      findings: [...faulty, ...unlike, ...notFinite],
    })
  }
  const ok = faults.length === 0 && parts.every(({ findings }) => findings.every(({ kind }) => kind === 'extra'))
  return { path, ok, parts, faults }
}

/** What is there against what the engine asks for. Nothing is missing from a part that is not there: that is a fault of its own. */
function compare(part: PartName, { config, parts }: FoundModel, tensors: TensorIndex): Finding[] {
  if (!config[part] || (tensors.size === 0 && parts[part].faults.length > 0)) return []
  const wanted = wantedTensors(part, config, tensors)
  const asked = [...wanted].flatMap(([tensor, expected]): Finding[] => {
    const found = tensors.get(tensor)
    if (!found) return [{ kind: 'missing', tensor, expected }]
    const { shape, dtype, file } = found
    if (String(shape) !== String(expected)) return [{ kind: 'shape', tensor, expected, found: shape, file }]
    // Packed ones without scales are a fault of their part.
    return [...FLOAT_TYPES, ...PACKED_TYPES].includes(dtype) ? [] : [{ kind: 'type', tensor, found: dtype, file }]
  })
  const extra = [...tensors]
    .filter(([tensor]) => !wanted.has(tensor) && !isUnused(part, tensor, config.textEncoder?.num_hidden_layers))
    .map(([tensor, { shape, file }]): Finding => ({ kind: 'extra', tensor, found: shape, file }))
  return [...asked, ...extra]
}

/** Those whose bytes are all in the file. */
async function whole(tensors: TensorIndex): Promise<[string, StoredTensor][]> {
  const files = new Set(Array.from(tensors.values(), ({ file }) => file))
  const sizes = new Map(await Promise.all(Array.from(files, async (file) => [file, (await stat(file)).size] as const)))
  return [...tensors].filter(([, { file, offset, length }]) => offset + length <= (sizes.get(file) as number))
}

/** In the order of the bytes, so that a disk reads on. */
async function scan(
  tensors: readonly (readonly [string, StoredTensor])[],
  options: { readonly signal?: AbortSignal; readonly onBytes: (bytes: number) => void },
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const [tensor, stored] of tensors.toSorted(([, a], [, b]) => a.offset - b.offset)) {
    const count = await countNotFinite(stored, options)
    if (count > 0) findings.push({ kind: 'not-finite', tensor, count, file: stored.file })
  }
  return findings
}

/** It can be read, knows something, and gives no id that the text encoder has no row for. */
async function tokenizerFaults(folder: string, config: TextEncoderConfig | undefined): Promise<Fault[]> {
  try {
    await openPromptEncoder(folder)
  } catch (error) {
    return [toFault(error)]
  }
  const { vocabulary } = await readTokenizer(folder)
  const { model, added_tokens } = vocabulary as typeof vocabulary & { model: { vocab?: Record<string, number> } }
  const ids = [...Object.values(model.vocab ?? {}), ...added_tokens.map(({ id }) => id)]
  const path = join(folder, TOKENIZER_FILES.vocabulary)
  const fault = (expected: string, got: unknown): Fault[] => [
    { code: 'checkpoint-corrupt', message: `${path}: expected ${expected}, got ${String(got)}` },
  ]
  if (ids.length === 0) return fault('a vocabulary', 'an empty one')
  if (!config) return []
  const stray = ids.find((id) => !isRow(id, config.vocab_size))
  return stray === undefined ? [] : fault(`ids below the text encoder's vocab_size ${config.vocab_size}`, stray)
}

/** What loading reads besides: how a prepared model was made, and what a model wants by default. */
async function settingsFaults(path: string, model: FoundModel): Promise<Fault[]> {
  const { config, parts } = model
  const read = [
    readRecipe(path, parts),
    ...(config.transformer && config.vae ? [readProfile({ ...model, config: config as CheckpointConfig })] : []),
  ]
  return (await Promise.allSettled(read)).flatMap((one) => (one.status === 'rejected' ? [toFault(one.reason)] : []))
}

function bytesOf(tensors: TensorIndex): number {
  return tensors.values().reduce((sum, { length }) => sum + length, 0)
}
