import { EngineError } from '../engine.ts'

/** How a matrix is packed in blocks, as MatMulNBits wants it: one scale a block, zero at the middle of the range. */
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
 * Reads the packing off the shape [out, blocks, bytes] of a stored matrix. Rows are always longer than one block, so that the
 * number of blocks tells 4 bits from 8. Throws an `EngineError` `checkpoint-corrupt`.
 */
export function packingOf(name: string, shape: readonly number[], inSize: number): Packing {
  const [, blocks, blockBytes = 0] = shape
  const fitting = ([4, 8] as const)
    .map((bits) => packing(bits, (blockBytes * 8) / bits, inSize))
    .find((each) => each.blocks === blocks && each.blocks > 1)
  if (fitting) return fitting
  throw new EngineError(
    'checkpoint-corrupt',
    `${name}: expected rows of ${inSize} numbers in blocks of 4 or 8 bits, got shape [${shape}]`,
  )
}
