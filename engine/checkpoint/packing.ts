import { EngineError } from '../engine.ts'

/**
 * How a matrix is packed, as MatMulNBits wants it: rows in blocks, one scale a block, zero at the middle of the range. A block
 * of 8 bits may be a whole row.
 */
export interface Packing {
  readonly bits: 4 | 8
  /** Numbers that share a scale. */
  readonly blockSize: number
  readonly blocks: number
  readonly blockBytes: number
}

/** The packing of rows of `inSize` numbers. */
export function packing(bits: 4 | 8, blockSize: number, inSize: number): Packing {
  return { bits, blockSize, blocks: Math.ceil(inSize / blockSize), blockBytes: (blockSize * bits) / 8 }
}

/**
 * Reads the packing off the shape [out, blocks, bytes] of a stored matrix. Rows in blocks are always longer than one, so that
 * the number of blocks tells 4 bits from 8; one block is a whole row, which smaller ones could fill. Throws an
 * `EngineError` `checkpoint-corrupt`.
 */
export function packingOf(name: string, shape: readonly number[], inSize: number): Packing {
  const [, blocks, blockBytes = 0] = shape
  if (blocks === 1 && blockBytes === inSize && fillingBlock(inSize)) return packing(8, inSize, inSize)
  const fitting = ([4, 8] as const)
    .map((bits) => packing(bits, (blockBytes * 8) / bits, inSize))
    .find((each) => each.blocks === blocks && each.blocks > 1)
  if (fitting) return fitting
  throw new EngineError(
    'checkpoint-corrupt',
    `${name}: expected rows of ${inSize} numbers in blocks of 4 or 8 bits, got shape [${shape}]`,
  )
}

// What MatMulNBits takes for a block: powers of two.
const LARGEST_BLOCK = 128
const SMALLEST_BLOCK = 16

/** The largest block that MatMulNBits takes and that fills rows of `inSize` numbers; undefined where none does. */
export function fillingBlock(inSize: number): number | undefined {
  for (let size = LARGEST_BLOCK; size >= SMALLEST_BLOCK; size /= 2) if (inSize % size === 0) return size
  return undefined
}
