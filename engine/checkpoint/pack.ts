import { hadamardTransform } from '../hadamard.ts'
import { type Packing, packing } from './packing.ts'

/** Rows packed as `packing.ts` describes: [rows, blocks, bytes a block], and a scale a block, [rows, blocks]. */
interface PackedRows {
  readonly packed: Uint8Array<ArrayBuffer>
  readonly scales: Float16Array<ArrayBuffer>
}

// Where in the range a block's largest number may land. With 4 bits it often pays to cut it off: the others get finer steps.
const REACHES = { 4: [1, 0.9, 0.8], 8: [1] } as const

/**
 * Rounds whole rows of `inSize` numbers to 4 or 8 bits. A block's largest number, with its sign, lands on the end of the
 * range that has one step more, or somewhat beyond it; then the scale that is best for the rounded numbers (least squares)
 * takes its place. What comes nearest to the block is kept.
 */
export function packRows(
  values: Float32Array,
  inSize: number,
  { bits, blockSize, blocks, blockBytes }: Packing,
): PackedRows {
  const rows = values.length / inSize
  const packed = new Uint8Array(rows * blocks * blockBytes)
  const scales = new Float16Array(rows * blocks)
  const half = 2 ** (bits - 1)
  const trial = new Uint8Array(blockSize)
  for (let row = 0; row < rows; row++)
    for (let block = 0; block < blocks; block++) {
      const start = row * inSize + block * blockSize
      const end = Math.min(start + blockSize, (row + 1) * inSize)
      const index = row * blocks + block
      const extreme = extremeOf(values, start, end)
      if (extreme === 0) {
        writeBlock(trial.fill(half), bits, packed, index * blockBytes)
        continue
      }
      let best = -1
      for (const reach of REACHES[bits]) {
        const { products, squares } = round(values, start, end, -half / (extreme * reach), half, trial)
        // Of the block's sum of squares, what the rounded numbers explain at their best scale.
        const explained = products ** 2 / squares
        if (explained <= best) continue
        best = explained
        scales[index] = products / squares
        writeBlock(trial, bits, packed, index * blockBytes)
      }
    }
  return { packed, scales }
}

// Turns a byte with its zero in the middle of the range into a signed one.
const SIGN_BIT = 0x80

/**
 * Transforms rows of `inSize` numbers, in place, and rounds them to signed bytes, [rows, inSize], with one scale for a whole
 * row, [rows].
 */
export function packWholeRows(values: Float32Array, inSize: number): PackedRows {
  hadamardTransform(values, inSize)
  const { packed, scales } = packRows(values, inSize, packing(8, inSize, inSize))
  for (let i = 0; i < packed.length; i++) packed[i] = (packed[i] as number) ^ SIGN_BIT
  return { packed, scales }
}

/** The number of values[start … end) that is farthest from zero. */
function extremeOf(values: Float32Array, start: number, end: number): number {
  let extreme = 0
  for (let i = start; i < end; i++) {
    const value = values[i] as number
    if (Math.abs(value) > Math.abs(extreme)) extreme = value
  }
  return extreme
}

// One object for millions of blocks.
const sums = { products: 0, squares: 0 }

/** Rounds values[start … end) times `inverse` into `rounded`, zero at `half`. Gives the sums that least squares needs. */
function round(
  values: Float32Array,
  start: number,
  end: number,
  inverse: number,
  half: number,
  rounded: Uint8Array,
): { readonly products: number; readonly squares: number } {
  rounded.fill(half)
  const highest = 2 * half - 1
  let products = 0
  let squares = 0
  for (let i = start; i < end; i++) {
    const value = values[i] as number
    const scaled = value * inverse + half + 0.5
    // Cutting rounds to nearest, because what is negative is 0 anyway.
    const stored = scaled < 0 ? 0 : scaled > highest ? highest : scaled | 0
    const level = stored - half
    rounded[i - start] = stored
    products += value * level
    squares += level * level
  }
  sums.products = products
  sums.squares = squares
  return sums
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
