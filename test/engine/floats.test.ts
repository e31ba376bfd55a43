import { expect, it } from 'vitest'
import { fromFloat32, toFloat32 } from '../../engine/checkpoint/floats.ts'

it('bfloat16 is the nearest there is, of two the even one; what is no number stays none', () => {
  const values = Float32Array.of(1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -(1 + 2 ** -8 + 2 ** -20), 3.4e38, 0)
  new Uint32Array(values.buffer)[5] = 0x7fffffff // the NaN that a carry would make a zero
  const rounded = toFloat32(fromFloat32(values, 'BF16'), 'BF16', 'x')
  expect([...rounded]).toEqual([1, 1, 1 + 2 ** -6, -(1 + 2 ** -7), Number.POSITIVE_INFINITY, Number.NaN])
})
