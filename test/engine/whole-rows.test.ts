import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packWholeRows } from '../../engine/checkpoint/pack.ts'
import { readSafetensorsHeader } from '../../engine/checkpoint/safetensors.ts'
import { createSafetensors } from '../../engine/checkpoint/safetensors-file.ts'
import type { Device } from '../../engine/engine.ts'
import { GraphBuilder } from '../../engine/graph/builder.ts'
import { FLOAT32_KERNELS, type FloatType, type Kernels } from '../../engine/graph/kernels.ts'
import { linear } from '../../engine/graph/layers.ts'
import { multipliesSigned } from '../../engine/int8-trial.ts'
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

/** A file with the same matrix [out, in] under each of these names, with one scale for each row. */
async function indexOf(names: readonly string[], matrix: Float32Array, [outSize, inSize]: readonly [number, number]) {
  const path = join(temporaryFolder(), 'w.safetensors')
  const { packed, scales } = packWholeRows(matrix.slice(), inSize)
  const file = await createSafetensors(
    path,
    names.flatMap((name) => [
      { name: `${name}.weight`, dtype: 'I8', shape: [outSize, inSize] },
      { name: `${name}.weight_scales`, dtype: 'F16', shape: [outSize] },
    ]),
  )
  for (const name of names) {
    await file.write(`${name}.weight`, packed, 0)
    await file.write(`${name}.weight_scales`, new Uint8Array(scales.buffer), 0)
  }
  await file.close()
  return readSafetensorsHeader(path)
}

interface Product {
  readonly device?: Device
  readonly kernels?: Partial<Kernels>
  readonly unsignedInt8?: boolean
  readonly type?: FloatType
}

/** x·Wᵀ with one scale for each row of W. */
async function multiply(
  x: Float32Array,
  { device = 'cpu', kernels = {}, unsignedInt8 = false, type = 'float32' }: Product = {},
): Promise<Float32Array> {
  const g = new GraphBuilder('product', await indexOf(['w'], weight, [OUT, IN]), { ...FLOAT32_KERNELS, ...kernels })
  g.output('y', linear(g, g.input('x', 'float32', ['rows', IN]), 'w', IN, OUT, { type }), ['rows', OUT])
  const session = await createSession(g.finish(), { device, unsignedInt8 })
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

describe.each(['signed', 'unsigned'])('%s on the CPU', (sign) => {
  // What is fastest is right on a CPU with VNNI only.
  const inInt8 = async (x: Float32Array) =>
    multiply(x, { kernels: { int8: true }, unsignedInt8: sign === 'unsigned' || !(await multipliesSigned()) })

  it('a matrix with one scale a row is multiplied in int8 as nearly as in float32, whatever the size of a token', async () => {
    const products = await inInt8(even)
    expect(worstError(products, even)).toBeLessThan(0.02)
    expect(Math.max(...products.subarray(-OUT).map(Math.abs))).toBe(0)
  })

  it('a number as large as all others of its token together does not hide them', async () => {
    // Without the transform 0.03.
    expect(worstError(await inInt8(uneven), uneven)).toBeLessThan(0.015)
  })
})

it.each(['float32', 'float16'] as const)('becomes %s where int8 is not multiplied', async (type) => {
  expect(worstError(await multiply(even, { type }), even)).toBeLessThan(0.011)
})

it('one after another becomes floats, and none is kept', async () => {
  const [layers, edge] = [32, 1024]
  const names = Array.from({ length: layers }, (_, layer) => `${layer}`)
  const g = new GraphBuilder('products', await indexOf(names, randn(edge * edge, 1), [edge, edge]))
  const x = g.input('x', 'float32', ['rows', edge])
  g.output(
    'y',
    names.reduce((value, name) => linear(g, value, name, edge, edge), x),
    ['rows', edge],
  )
  const session = await createSession(g.finish(), { device: 'cpu' })
  const before = process.memoryUsage().rss
  await session.run({ x: floats(new Float32Array(edge), 1, edge) })
  const grownBytes = process.memoryUsage().rss - before - layers * edge * edge // which are read by now
  await session.release()
  expect(grownBytes).toBeLessThan((layers * edge * edge * 4) / 2)
})

it.runIf(existsSync(SOFTWARE_VULKAN))('WebGPU multiplies it as floats', { timeout: 60_000 }, async () => {
  process.env.VK_ICD_FILENAMES = SOFTWARE_VULKAN
  expect(worstError(await multiply(even, { device: 'webgpu' }), even)).toBeLessThan(0.01)
})
