import type { Packing } from './packing.ts'

/** Rows packed as `packing.ts` describes: [rows, blocks, bytes a block], and a scale a block, [rows, blocks]. */
export interface PackedRows {
  readonly packed: Uint8Array<ArrayBuffer>
  readonly scales: Float16Array<ArrayBuffer>
}

/**
 * Rounds whole rows of `inSize` numbers to 4 or 8 bits. A block's largest number, with its sign, lands on the end of the
 * range that has one step more; then the scale that is best for the rounded numbers (least squares) takes its place.
 */
export function packRows(values: Float32Array, inSize: number, packing: Packing): PackedRows {
  const { bits, blockSize, blocks, blockBytes } = packing
  const rows = values.length / inSize
  const packed = new Uint8Array(rows * blocks * blockBytes)
  const scales = new Float16Array(rows * blocks)
  const half = 2 ** (bits - 1)
  const rounded = new Uint8Array(blockSize)
  for (let row = 0; row < rows; row++)
    for (let block = 0; block < blocks; block++) {
      const start = row * inSize + block * blockSize
      const end = Math.min(start + blockSize, (row + 1) * inSize)
      const index = row * blocks + block
      scales[index] = roundBlock(values, start, end, half, rounded)
      writeBlock(rounded, bits, packed, index * blockBytes)
    }
  return { packed, scales }
}

/** Rounds values[start … end) into `rounded`, zero at `half`, and returns the scale. */
function roundBlock(values: Float32Array, start: number, end: number, half: number, rounded: Uint8Array): number {
  let extreme = 0
  for (let i = start; i < end; i++) {
    const value = values[i] as number
    if (Math.abs(value) > Math.abs(extreme)) extreme = value
  }
  rounded.fill(half)
  if (extreme === 0) return 0
  const inverse = -half / extreme
  const highest = 2 * half - 1
  let products = 0
  let squares = 0
  for (let i = start; i < end; i++) {
    const value = values[i] as number
    // Never negative before the cut, so cutting rounds to nearest.
    const stored = Math.min(highest, (value * inverse + half + 0.5) | 0)
    const level = stored - half
    rounded[i - start] = stored
    products += value * level
    squares += level * level
  }
  return products / squares
}

/** Two numbers of 4 bits share a byte, the first one below. */
function writeBlock(rounded: Uint8Array, bits: number, packed: Uint8Array, offset: number): void {
  if (bits === 8) {
    packed.set(rounded, offset)
    return
  }
  for (let i = 0; i < rounded.length; i += 2)
    packed[offset + i / 2] = (rounded[i] as number) | ((rounded[i + 1] as number) << 4)
}
