import type { FloatDtype } from './floats.ts'
import type { PartName } from './found.ts'
import { type Packing, packing } from './packing.ts'
import { isUnused } from './unused.ts'

/** What the large matrices of a prepared model are stored in. */
export const PRECISIONS = ['int4', 'int8', 'float16', 'bfloat16', 'float32'] as const
export type Precision = (typeof PRECISIONS)[number]

/** What becomes of a tensor that is kept. `divisor` is a power of two, so dividing is exact. */
export type Treatment =
  | { readonly kind: 'kept' }
  | { readonly kind: 'float'; readonly dtype: FloatDtype; readonly divisor: number }
  | { readonly kind: 'blocks'; readonly packing: Packing; readonly divisor: number }
  /** Transformed, then signed numbers of 8 bits, and a scale for each row. */
  | { readonly kind: 'rows'; readonly divisor: number }

// Fewer would be half a decibel better each time they are halved (docs/precision.md), but on the CPU a scale takes 12 bytes of
// memory, and the products are slower.
export const BLOCK_SIZE = 128

const FLOAT_DTYPE = { float16: 'F16', bfloat16: 'BF16', float32: 'F32' } as const

// Powers of two that keep float16 from overflowing behind the attention and in the gated unit; the norms behind undo them.
const TO_OUT_DIVISOR = 4
const W3_DIVISOR = 32

/** What the transformer's configuration says of it. bfloat16 and float32 do not overflow. */
export function foldedBy(precision: Precision): { to_out: number; w3: number } {
  const folds = precision !== 'bfloat16' && precision !== 'float32'
  return folds ? { to_out: TO_OUT_DIVISOR, w3: W3_DIVISOR } : { to_out: 1, w3: 1 }
}

/**
 * What becomes of the tensor `name` of a model with `layers` main blocks or text layers. Vectors, and the few small
 * matrices at both ends of the transformer, stay float32; refiners, modulation and the attention of the first and last
 * block have 8 bits at least; the VAE and the embedding table stay as they are. In the transformer's matrices of 8 bits a
 * whole row shares a scale, once it is transformed: the CPU multiplies such by int8 with nothing in between. Undefined: no
 * picture needs the tensor, and it is left out.
 */
export function treat(
  part: PartName,
  name: string,
  shape: readonly number[],
  precision: Precision,
  layers: number,
): Treatment | undefined {
  if (part === 'vae' || name === 'embed_tokens.weight') return { kind: 'kept' }
  if (part === 'textEncoder' && isUnused(part, name, layers)) return undefined
  const [, inSize = 0] = shape
  const fold = part === 'transformer' ? foldedBy(precision) : { to_out: 1, w3: 1 }
  const divisor = name.endsWith('.to_out.0.weight') ? fold.to_out : name.endsWith('.w3.weight') ? fold.w3 : 1
  if (shape.length !== 2 || isEnd(name)) return { kind: 'float', dtype: 'F32', divisor }
  if (precision !== 'int4' && precision !== 'int8') return { kind: 'float', dtype: FLOAT_DTYPE[precision], divisor }
  // A row of one block could not be told from one of other bits.
  if (inSize <= BLOCK_SIZE) return { kind: 'float', dtype: 'F16', divisor }
  const bits = precision === 'int8' || isSensitive(part, name, layers) ? 8 : 4
  if (bits === 8 && part === 'transformer') return { kind: 'rows', divisor }
  return { kind: 'blocks', packing: packing(bits, BLOCK_SIZE, inSize), divisor }
}

/** Of a number in a matrix of few bits; undefined where it is a float. */
export function bitsOf(treatment: Treatment): 4 | 8 | undefined {
  switch (treatment.kind) {
    case 'blocks':
      return treatment.packing.bits
    case 'rows':
      return 8
    default:
      return undefined
  }
}

/** What goes into the transformer and what comes out of it: small, and every number of the picture passes through. */
function isEnd(name: string): boolean {
  return /^(all_x_embedder|cap_embedder|t_embedder|all_final_layer)\.|_pad_token$/.test(name)
}

function isSensitive(part: PartName, name: string, layers: number): boolean {
  if (part !== 'transformer') return false
  if (/(^|_)refiner\.|\.adaLN_modulation\./.test(name)) return true
  return name.startsWith('layers.0.attention.') || name.startsWith(`layers.${layers - 1}.attention.`)
}
