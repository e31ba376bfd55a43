import type { Device, DeviceNote } from './engine.ts'
import { GraphBuilder } from './graph/builder.ts'
import { type AttentionKind, FLOAT32_KERNELS, type FloatType } from './graph/kernels.ts'
import { attention } from './graph/layers.ts'
import { randn } from './noise.ts'
import { relativeError } from './relative-error.ts'
import { createSession, floats, type SessionOptions } from './session.ts'

/** How the transformer's attention is computed on a device. */
export interface AttentionChoice {
  readonly kind: AttentionKind
  /** What the device multiplies in: as asked, or float32. */
  readonly products: FloatType
  /** What the trial found; nothing of the CPU. */
  readonly notes: readonly DeviceNote[]
}

// Not a multiple of a kernel's tile on purpose: what is wrong shows at the edges first.
const TOKENS = 288
const HEADS = 3
const TILE = 64
// As wide as the scores of the real model spread: a softmax that is neither flat nor a single one.
const QUERY_SCALE = 2
// PyTorch's is at 0.0006 in float16 and at 0.005 in bfloat16; the wrong one of software Vulkan is at 0.04 and more.
const MAX_ERROR = 0.01

/**
 * Whether a device's fused attention can be trusted for heads of this size: computes the same attention both ways there, and
 * takes the fused one if they agree. Where a half type does not run at all (not every WebGPU adapter has shader-f16), float32
 * takes its place. The CPU's is known to be right and not tried. Throws an `EngineError` when not even the spelled-out one
 * runs in float32.
 */
export async function chooseAttention(
  device: Device,
  deviceId: number | undefined,
  headDim: number,
  products: FloatType = 'float32',
): Promise<AttentionChoice> {
  if (device === 'cpu') return { kind: 'fused', products, notes: [] }
  const options = { device, deviceId }
  if (products !== 'float32') {
    const missing = await multiply(products, options).catch(why)
    if (typeof missing === 'string') {
      const choice = await chooseAttention(device, deviceId, headDim)
      return { ...choice, notes: [{ kind: 'no-half', type: products, why: missing }, ...choice.notes] }
    }
  }
  const exact = await compute('decomposed', options, headDim, products)
  try {
    const error = relativeError(await compute('fused', options, headDim, products), exact)
    if (error <= MAX_ERROR) return { kind: 'fused', products, notes: [{ kind: 'fused', error }] }
    return { kind: 'decomposed', products, notes: [{ kind: 'fused-wrong', error }] }
  } catch (error) {
    // A kernel for large heads may want more of a GPU's fast memory than there is.
    return { kind: 'decomposed', products, notes: [{ kind: 'fused-broken', why: why(error) }] }
  }
}

function why(error: unknown): string {
  return error instanceof Error ? error.message.trim() : String(error)
}

/** Attention of random queries, keys and values, the same at every call: [tokens, heads·dim]. */
export async function compute(
  kind: AttentionKind,
  options: SessionOptions,
  headDim: number,
  products: FloatType = 'float32',
): Promise<Float32Array> {
  const g = new GraphBuilder('attention_trial', new Map(), { ...FLOAT32_KERNELS, attention: kind, products })
  const width = HEADS * headDim
  const input = (name: string) => g.input(name, 'float32', [1, 'tokens', width])
  g.output('mixed', attention(g, HEADS, headDim, input('q'), input('k'), input('v')), ['tokens', width])
  await using session = await createSession(g.finish(), options)
  const random = (seed: number) => randn(TOKENS * width, seed)
  const tensor = (data: Float32Array) => floats(data, 1, TOKENS, width)
  const queries = random(1).map((x) => x * QUERY_SCALE)
  return await session.run({ q: tensor(queries), k: tensor(random(2)), v: tensor(random(3)) })
}

/** A product in a type, of squares as large as a tile. */
async function multiply(type: FloatType, options: SessionOptions): Promise<Float32Array> {
  const g = new GraphBuilder('product_trial')
  const factor = (name: string) => g.cast(g.input(name, 'float32', [TILE, TILE]), type)
  g.output('product', g.op('MatMul', [factor('a'), factor('b')]), [TILE, TILE])
  await using session = await createSession(g.finish(), options)
  const square = floats(randn(TILE * TILE, 1), TILE, TILE)
  return await session.run({ a: square, b: square })
}
