import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { packWholeRows } from '../../engine/checkpoint/pack.ts'
import { readSafetensorsHeader } from '../../engine/checkpoint/safetensors.ts'
import { createSafetensors } from '../../engine/checkpoint/safetensors-file.ts'
import type { Device } from '../../engine/engine.ts'
import { GraphBuilder } from '../../engine/graph/builder.ts'
import { FLOAT32_KERNELS, type FloatType, type Kernels } from '../../engine/graph/kernels.ts'
import { linear } from '../../engine/graph/layers.ts'
import { multipliesWholeRows } from '../../engine/int8-trial.ts'
import { randn } from '../../engine/noise.ts'
import { relativeError } from '../../engine/relative-error.ts'
import { createSession, floats } from '../../engine/session.ts'
import { temporaryFolder } from '../support/folder.ts'

const SOFTWARE_VULKAN = '/usr/lib/chromium/vk_swiftshader_icd.json'
const [ROWS, IN, OUT] = [5, 192, 48]
const weight = randn(OUT * IN, 1)
// The last token is of zeros, and of the others each has a size of its own.
const even = randn(ROWS * IN, 2).map((value, i) => value * [1, 100, 0.01, 7, 0][Math.floor(i / IN)]!)
// In what a gated unit makes one number may be as large as all others together.
const uneven = even.map((value, i) => (i % IN === 3 ? value * 300 : value))

/** x·Wᵀ with one scale for each row of W. */
async function multiply(
  device: Device,
  kernels: Partial<Kernels>,
  x: Float32Array,
  type: FloatType = 'float32',
): Promise<Float32Array> {
  const path = join(temporaryFolder(), 'w.safetensors')
  const { packed, scales } = packWholeRows(weight.slice(), IN)
  const file = await createSafetensors(path, [
    { name: 'w.weight', dtype: 'I8', shape: [OUT, IN] },
    { name: 'w.weight_scales', dtype: 'F16', shape: [OUT] },
  ])
  await file.write('w.weight', packed, 0)
  await file.write('w.weight_scales', new Uint8Array(scales.buffer), 0)
  await file.close()
  const g = new GraphBuilder('product', await readSafetensorsHeader(path), { ...FLOAT32_KERNELS, ...kernels })
  g.output('y', linear(g, g.input('x', 'float32', ['rows', IN]), 'w', IN, OUT, { type }), ['rows', OUT])
  const session = await createSession(g.finish(), { device })
  try {
    return await session.run({ x: floats(x, ROWS, IN) })
  } finally {
    await session.release()
  }
}

/** Of the token that is worst: how far its products are from what float32 makes of the weights as they were. */
function worstError(products: Float32Array, x: Float32Array): number {
  const errors = Array.from({ length: ROWS - 1 }, (_, row) => {
    const token = x.subarray(row * IN, (row + 1) * IN)
    const right = Float32Array.from({ length: OUT }, (_, out) =>
      token.reduce((sum, value, k) => sum + value * (weight[out * IN + k] as number), 0),
    )
    return relativeError(products.subarray(row * OUT, (row + 1) * OUT), right)
  })
  return Math.max(...errors)
}

it('a matrix with one scale a row is multiplied in int8 as nearly as in float32, whatever the size of a token', async () => {
  const asFloats = await multiply('cpu', {}, even)
  expect(worstError(asFloats, even)).toBeLessThan(0.01)
  if (!(await multipliesWholeRows())) return
  const products = await multiply('cpu', { wholeRows: true }, even)
  expect(worstError(products, even)).toBeLessThan(0.02)
  expect(products).not.toEqual(asFloats)
  expect(Math.max(...products.subarray(-OUT).map(Math.abs))).toBe(0)
})

it('a number as large as all others of its token together does not hide them', async () => {
  if (!(await multipliesWholeRows())) return
  const products = await multiply('cpu', { wholeRows: true }, uneven)
  // Without the transform 0.03.
  expect(worstError(products, uneven)).toBeLessThan(0.015)
})

it('is multiplied in float16 too, as a GPU does', async () => {
  expect(worstError(await multiply('cpu', {}, even, 'float16'), even)).toBeLessThan(0.011)
})

it.runIf(existsSync(SOFTWARE_VULKAN))('WebGPU multiplies it as floats', { timeout: 60_000 }, async () => {
  process.env.VK_ICD_FILENAMES = SOFTWARE_VULKAN
  expect(worstError(await multiply('webgpu', {}, even), even)).toBeLessThan(0.01)
})
