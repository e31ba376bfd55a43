import { GraphBuilder } from './graph/builder.ts'
import { productOfRows } from './graph/layers.ts'
import { createSession, floats } from './session.ts'

const SIZE = 64
const LARGEST_WEIGHT = 127
const MAX_ERROR = 1e-3

/**
 * Whether the CPU multiplies unsigned by signed int8 rightly, as it does fastest. Older ones (on x86 those without VNNI) add two
 * products in 16 bits, which do not hold the largest two; they must be asked for `unsignedInt8`. The runtime's own test takes
 * servers with VNNI for such. Throws an `EngineError`.
 */
export async function multipliesSigned(): Promise<boolean> {
  const g = new GraphBuilder('int8_trial')
  const x = g.input('x', 'float32', ['rows', SIZE])
  const weight = g.constant(new Int8Array(SIZE * SIZE).fill(LARGEST_WEIGHT), [SIZE, SIZE])
  const scales = g.constant(new Float32Array(SIZE).fill(1), [SIZE])
  g.output('y', productOfRows(g, x, weight, scales), ['rows', SIZE])
  await using session = await createSession(g.finish(), { device: 'cpu' })
  const ones = new Float32Array(SIZE * SIZE).fill(1)
  const products = await session.run({ x: floats(ones, SIZE, SIZE) })
  const right = LARGEST_WEIGHT * SIZE
  return products.every((product) => Math.abs(product / right - 1) < MAX_ERROR)
}
