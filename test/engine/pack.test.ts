import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { convertTensor } from '../../engine/checkpoint/convert.ts'
import { packRows, packWholeRows } from '../../engine/checkpoint/pack.ts'
import { type Packing, packing, packingOf } from '../../engine/checkpoint/packing.ts'
import { readSafetensorsHeader } from '../../engine/checkpoint/safetensors.ts'
import { createSafetensors } from '../../engine/checkpoint/safetensors-file.ts'
import { hadamardMatrix, hadamardTransform } from '../../engine/hadamard.ts'
import { randn } from '../../engine/noise.ts'
import { relativeError } from '../../engine/relative-error.ts'
import { temporaryFolder } from '../support/folder.ts'

/** What the runtime makes of packed rows. */
function unpack({ packed, scales }: ReturnType<typeof packRows>, inSize: number, how: Packing): Float32Array {
  const { bits, blockSize, blocks, blockBytes } = how
  return Float32Array.from({ length: (scales.length / blocks) * inSize }, (_, i) => {
    const column = i % inSize
    const block = Math.floor(i / inSize) * blocks + Math.floor(column / blockSize)
    const inBlock = column % blockSize
    const byte = packed[block * blockBytes + (bits === 8 ? inBlock : inBlock >> 1)] as number
    const level = bits === 8 ? byte - 128 : ((inBlock & 1 ? byte >> 4 : byte & 15) as number) - 8
    return level * (scales[block] as number)
  })
}

it('normal weights lose a twelfth of their size in 4 bits and half a hundredth in 8', () => {
  const values = randn(64 * 320, 1)
  for (const [bits, most] of [
    [4, 0.0835],
    [8, 0.0055],
  ] as const) {
    const how = packing(bits, 32, 320)
    expect(relativeError(unpack(packRows(values, 320, how), 320, how), values)).toBeLessThan(most)
  }
})

it('numbers that are on the grid come back as they were, whatever their sign', () => {
  const how = packing(4, 32, 32)
  const values = Float32Array.from({ length: 32 }, (_, i) => ((i % 16) - 8) * 0.25)
  expect(unpack(packRows(values, 32, how), 32, how)).toEqual(values)
  const turned = values.map((value) => -value)
  expect(unpack(packRows(turned, 32, how), 32, how)).toEqual(turned)
})

it('a row that ends within a block, and a block of zeros, come back too', () => {
  const how = packing(8, 32, 40)
  const values = Float32Array.from({ length: 80 }, (_, i) => (i < 32 ? 0 : i - 50))
  expect(relativeError(unpack(packRows(values, 40, how), 40, how), values)).toBeLessThan(0.005)
  expect(how).toMatchObject({ blocks: 2, blockBytes: 32 })
})

it('a whole row of signed bytes shares a scale', () => {
  const values = randn(6 * 320, 2)
  const { packed, scales } = packWholeRows(values.slice(), 320)
  const levels = new Int8Array(packed.buffer)
  const unpacked = Float32Array.from(levels, (level, i) => level * (scales[Math.floor(i / 320)] as number))
  hadamardTransform(unpacked, 320) // is its own inverse
  expect(relativeError(unpacked, values)).toBeLessThan(0.009)
  expect(Math.min(...levels)).toBe(-128)
})

it('a matrix that is too large to be read at once comes out whole', async () => {
  const shape = [3, 1_500_000] // of which two rows fit
  const bytes = randomBytes(2 * 4_500_000)
  const file = join(temporaryFolder(), 'w')
  await writeFile(file, bytes)
  const tensor = { dtype: 'BF16', shape, file, offset: 0, length: bytes.length } as const
  const got = Buffer.alloc(bytes.length)
  let pieces = 0
  for await (const piece of convertTensor('w', tensor, { kind: 'kept' })) {
    got.set(piece.bytes, piece.offset)
    pieces++
  }
  expect(pieces).toBe(2)
  expect(got.equals(bytes)).toBe(true)
})

it('a file has its size from the beginning, and numbers where numbers of their size may lie', async () => {
  const path = join(temporaryFolder(), 'w.safetensors')
  const file = await createSafetensors(path, [
    { name: 'bytes', dtype: 'U8', shape: [3] },
    { name: 'floats', dtype: 'F32', shape: [1] },
  ])
  await file.close()
  const tensors = await readSafetensorsHeader(path)
  expect(tensors.get('floats')!.offset % 4).toBe(0)
})

it('the transform multiplies each run of neighbours by a Hadamard matrix, and is undone by itself', () => {
  const half = Math.fround(0.5)
  expect([...hadamardMatrix(4)]).toEqual(
    [1, 1, 1, 1, 1, -1, 1, -1, 1, 1, -1, -1, 1, -1, -1, 1].map((sign) => sign * half),
  )
  const values = Float32Array.from({ length: 24 }, (_, i) => i)
  const twice = values.slice()
  hadamardTransform(twice, 12)
  // Runs of 4, which fill rows of 12.
  expect([...twice.subarray(0, 4)]).toEqual([3, -1, -2, 0])
  hadamardTransform(twice, 12)
  expect(twice).toEqual(values)
})

it('the shape of a packed matrix tells 4 bits from 8, and a wrong one is named', () => {
  for (const bits of [4, 8] as const)
    for (const inSize of [33, 64, 96, 3840, 10240]) {
      const how = packing(bits, 32, inSize)
      expect(packingOf('w', [7, how.blocks, how.blockBytes], inSize)).toEqual(how)
    }
  expect(() => packingOf('w', [7, 1, 3840], 3840)).toThrow(/w: expected rows of 3840/)
  expect(() => packingOf('w', [7, 1, 64], 96)).toThrow(/w: expected rows of 96/)
  expect(() => packingOf('layers.0.w1.weight', [7, 5, 16], 96)).toThrow(/layers\.0\.w1\.weight: expected rows of 96/)
})
