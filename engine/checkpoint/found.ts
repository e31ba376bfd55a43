import type { CheckpointConfig } from './config.ts'
import type { Fault } from './fault.ts'
import type { Dtype, StoredTensor } from './safetensors.ts'

/** The parts that have weights. */
export const PARTS = ['textEncoder', 'transformer', 'vae'] as const
export type PartName = (typeof PARTS)[number]

/** Where each tensor of a part lies, by its name in the released layout, without the `model.` that some exports have. */
export interface TensorIndex extends ReadonlyMap<string, StoredTensor> {
  /** `wanted` is the shape that the asker expects: an index may take note of it. */
  get(name: string, wanted?: readonly number[]): StoredTensor | undefined
}

/** What the files of a part hold, before any of it is taken for granted. */
export interface FoundPart {
  readonly tensors: TensorIndex
  readonly faults: readonly Fault[]
}

/** A model on disk, in whatever layout, as far as it could be read without its weights. */
export interface FoundModel {
  /** Where `profile.json` is looked for. */
  readonly folder: string
  /** What people know it by: its folder's name, or its transformer file's without the ending. */
  readonly name: string
  /** The folder of `tokenizer.json` and `tokenizer_config.json`. */
  readonly tokenizer: string
  /** A config is absent where a fault tells why. */
  readonly config: Partial<CheckpointConfig>
  readonly parts: Readonly<Record<PartName, FoundPart>>
  /** Those of no single part. */
  readonly faults: readonly Fault[]
}

/** Types that weights are read in as they are. */
export const FLOAT_TYPES: readonly Dtype[] = ['F32', 'F16', 'BF16']
/** Types of matrices that were prepared in fewer bits: blocks, and whole rows. */
export const PACKED_TYPES: readonly Dtype[] = ['U8', 'I8']

/** Whether another program has quantised a tensor: ours writes scales beside what it packs, and GPTQ and AWQ pack whole words. */
function isForeign(name: string, dtype: Dtype, tensors: TensorIndex): boolean {
  const isPacked = PACKED_TYPES.includes(dtype) && !tensors.has(`${name}_scales`)
  return isFp8(dtype) || isPacked || (dtype === 'I32' && name.endsWith('.qweight'))
}

function isFp8(dtype: Dtype): boolean {
  return dtype.startsWith('F8')
}

/** What is told of weights that another program has quantised, if it has. `path`: what their file is called instead of its name. */
export function foreignIn(tensors: TensorIndex, path?: string): Fault | undefined {
  const found = [...tensors].find(([name, { dtype }]) => isForeign(name, dtype, tensors))
  if (!found) return undefined
  const [tensor, { dtype, file }] = found
  const where = path ?? file
  const kind = isFp8(dtype) ? `${dtype} (fp8)` : dtype
  return {
    code: 'unknown-architecture',
    message: `${where}: expected weights in bfloat16, float16 or float32, or a folder that \`models prepare\` wrote, got ${kind} in ${tensor}: files that another program has quantised are not read; take the bfloat16 file`,
    tensor,
    situation: { kind: 'quantised', path: where },
  }
}
