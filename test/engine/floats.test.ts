import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fromFloat32, toFloat32 } from '../../engine/checkpoint/floats.ts'
import { countNotFinite } from '../../engine/checkpoint/not-finite.ts'
import { temporaryFolder } from '../support/folder.ts'

it('bfloat16 is the nearest there is, of two the even one; what is no number stays none', () => {
  const values = Float32Array.of(1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -(1 + 2 ** -8 + 2 ** -20), 3.4e38, 0)
  new Uint32Array(values.buffer)[5] = 0x7fffffff // the NaN that a carry would make a zero
  const rounded = toFloat32(fromFloat32(values, 'BF16'), 'BF16', 'x')
  expect([...rounded]).toEqual([1, 1, 1 + 2 ** -6, -(1 + 2 ** -7), Number.POSITIVE_INFINITY, Number.NaN])
})

it('what is no number is found behind the first megabytes, too', async () => {
  const file = join(temporaryFolder(), 'w')
  const numbers = new Float32Array(2 ** 20 + 2)
  numbers[numbers.length - 1] = Number.NaN
  await writeFile(file, numbers)
  const tensor = { dtype: 'F32', shape: [numbers.length], file, offset: 0, length: numbers.byteLength } as const
  expect(await countNotFinite(tensor)).toBe(1)
})
