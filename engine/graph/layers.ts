import { packingOf } from '../checkpoint/packing.ts'
import { hadamardMatrix, hadamardSize } from '../hadamard.ts'
import type { GraphBuilder, Value } from './builder.ts'
import type { FloatType } from './kernels.ts'

/** Spelled-out attention has the scores of so many heads at a time, each [tokens, tokens]. */
export const HEADS_AT_A_TIME = 2

interface LinearOptions {
  readonly bias?: boolean
  /** What it multiplies in, and the type of the result. */
  readonly type?: FloatType
}

/** y = x·Wᵀ (+ b). `x` [rows, in] → [rows, out]. The weight is used as it lies in the file, in floats, blocks or whole rows. */
export function linear(
  g: GraphBuilder,
  x: Value,
  name: string,
  inSize: number,
  outSize: number,
  { bias = false, type = 'float32' }: LinearOptions = {},
): Value {
  const weight = `${name}.weight`
  const offset = bias ? [g.weight(`${name}.bias`, [outSize], { type })] : []
  const input = g.cast(x, type)
  const gemm = (left: Value, right: Value) => g.op('Gemm', [left, right, ...offset], { transB: 1 })
  const plus = (product: Value) => (bias ? g.op('Add', [product, ...offset]) : product)
  switch (g.stored(weight)?.dtype) {
    case 'U8':
      return plus(productOfBlocks(g, input, weight, inSize, outSize, type))
    case 'I8': {
      const levels = g.bytes(weight, [outSize, inSize], 'I8')
      const scales = g.weight(`${weight}_scales`, [outSize])
      const spread = transformed(g, input, inSize, type)
      if (g.kernels.int8) return plus(productOfRows(g, spread, levels, scales))
      return gemm(spread, asFloats(g, levels, scales, type))
    }
    default:
      return gemm(input, g.weight(weight, [outSize, inSize], { type }))
  }
}

/** x·Wᵀ with a weight of 4 or 8 bits in blocks. The runtime wants the scales in the type of the input. */
function productOfBlocks(
  g: GraphBuilder,
  x: Value,
  weight: string,
  inSize: number,
  outSize: number,
  type: FloatType,
): Value {
  const { bits, blockSize, blocks, blockBytes } = packingOf(weight, g.stored(weight)?.shape ?? [], inSize)
  const packed = g.bytes(weight, [outSize, blocks, blockBytes], 'U8')
  const scales = g.weight(`${weight}_scales`, [outSize, blocks], { type })
  return g.op('com.microsoft.MatMulNBits', [x, packed, scales], {
    K: inSize,
    N: outSize,
    bits,
    block_size: blockSize,
    accuracy_level: g.kernels.int8 ? 4 : 0, // 4 is int8
  })
}

/**
 * Neighbours in a row multiplied by a Hadamard matrix, as the weight's were when it was prepared: the product is the same, and a
 * number that is as large as all others together is spread over many, so that one scale serves them. After QuaRot (Ashkboos et
 * al. 2024, arXiv:2404.00456). `x` [rows, in] → the same shape.
 */
function transformed(g: GraphBuilder, x: Value, inSize: number, type: FloatType): Value {
  const size = hadamardSize(inSize)
  const matrix = g.cast(g.constant(hadamardMatrix(size), [size, size]), type)
  const parts = g.op('Reshape', [x, g.integers(-1, size)]) // [rows·in/size, size]
  return g.op('Reshape', [g.op('MatMul', [parts, matrix]), g.integers(-1, inSize)]) // [rows, in]
}

/**
 * Signed bytes [out, in] and a scale for each row [out] as floats [out, in]. ONNX's own operator makes float32 only; CUDA, the
 * one device that takes float16 here, has another.
 */
function asFloats(g: GraphBuilder, levels: Value, scales: Value, type: FloatType): Value {
  if (type === 'float16') return g.op('com.microsoft.DequantizeLinear', [levels, g.cast(scales, type)], { axis: 0 })
  return g.cast(g.op('DequantizeLinear', [levels, scales], { axis: 0 }), type)
}

// So that a row of zeros divides by something.
const SMALLEST_STEP = 1e-30
const INT8_MAX = 127
// Where unsigned numbers of 8 bits have their zero.
const UINT8_MIDDLE = 128

/**
 * x·Wᵀ in int8, each row of `x` rounded with a scale of its own. `weight` [out, in] of signed bytes, `scales` [out]. The weight
 * is the right side, which the runtime lays out for its kernels once, when it loads; the fast ones multiply unsigned by signed
 * numbers.
 */
export function productOfRows(g: GraphBuilder, x: Value, weight: Value, scales: Value): Value {
  const largest = g.op('ReduceMax', [g.op('Abs', [x])], { axes: [1], keepdims: 0 }) // [rows]
  const step = g.op('Max', [g.op('Mul', [largest, g.scalar(1 / INT8_MAX)]), g.scalar(SMALLEST_STEP)])
  const middle = g.constant(Uint8Array.of(UINT8_MIDDLE), [])
  const middles = g.op('Expand', [middle, g.op('Shape', [step])])
  const zeros = g.op('Expand', [g.constant(Int8Array.of(0), []), g.op('Shape', [scales])])
  const levels = g.op('QuantizeLinear', [x, step, middles], { axis: 0 }) // uint8 [rows, in]
  const product = g.op('com.microsoft.QGemm', [levels, g.scalar(1), middle, weight, scales, zeros], { transB: 1 }) // [rows, out]
  return g.op('Mul', [product, g.op('Unsqueeze', [step, g.integers(1)])])
}

/** x / rms(x) · weight over the last dimension. `weight` [size] may be computed: a scale folds into it for nothing. */
export function rmsNorm(g: GraphBuilder, x: Value, weight: Value, eps: number): Value {
  return g.op('SimplifiedLayerNormalization', [x, weight], { axis: -1, epsilon: { float: eps } })
}

/** RMSNorm of each head by itself, in float32. `x` [tokens, heads·dim] → the same shape. */
export function headNorm(g: GraphBuilder, x: Value, name: string, heads: number, dim: number, eps: number): Value {
  const split = g.op('Reshape', [g.cast(x, 'float32'), g.integers(-1, heads, dim)]) // [tokens, heads, dim]
  return g.op('Reshape', [rmsNorm(g, split, g.weight(`${name}.weight`, [dim]), eps), g.integers(-1, heads * dim)]) // [tokens, heads·dim]
}

/** x · sigmoid(x) */
export function silu(g: GraphBuilder, x: Value): Value {
  return g.op('com.microsoft.QuickGelu', [x], { alpha: { float: 1 } })
}

/** down(silu(gate(x)) · up(x)). `x` [rows, dim] → [rows, dim], float32. */
export function swiGlu(
  g: GraphBuilder,
  x: Value,
  dim: number,
  hidden: number,
  names: { gate: string; up: string; down: string },
): Value {
  const { products: type, longSums } = g.kernels
  const gate = silu(g, linear(g, x, names.gate, dim, hidden, { type })) // [rows, hidden]
  const up = linear(g, x, names.up, dim, hidden, { type }) // [rows, hidden]
  return g.cast(linear(g, g.op('Mul', [gate, up]), names.down, hidden, dim, { type: longSums }), 'float32') // [rows, dim]
}

/** Cosines and sines of the rotary embedding's angles: each [tokens, head dim / 2]. */
export interface RotaryTables {
  readonly cos: Value
  readonly sin: Value
}

/**
 * Turns each pair of a head's numbers by its position's angle. `x` [batch·tokens, heads·dim] → [batch, tokens, heads·dim],
 * which is what `shape` says. `interleaved`: pairs are neighbours (2j, 2j+1), as complex numbers; otherwise they are
 * (j, j + dim/2).
 */
export function rotate(
  g: GraphBuilder,
  x: Value,
  tables: RotaryTables,
  heads: number,
  shape: Value,
  interleaved: boolean,
): Value {
  const firstPosition = g.constant(BigInt64Array.of(0n), [1])
  return g.op('com.microsoft.RotaryEmbedding', [g.op('Reshape', [x, shape]), firstPosition, tables.cos, tables.sin], {
    interleaved: interleaved ? 1 : 0,
    num_heads: heads,
  })
}

/**
 * Attention of all tokens of an item to all its tokens, or as `mask` ([tokens, tokens], added to the scores) allows.
 * `q`, `k`, `v` [batch, tokens, heads·dim] → [batch·tokens, heads·dim].
 */
export function attention(
  g: GraphBuilder,
  heads: number,
  dim: number,
  q: Value,
  k: Value,
  v: Value,
  mask?: Value,
): Value {
  const fits = g.kernels.attention === 'fused' && mask === undefined
  const joined = fits ? fused(g, heads, dim, q, k, v) : decomposed(g, heads, dim, q, k, v, mask)
  return g.op('Reshape', [joined, g.integers(-1, heads * dim)])
}

function fused(g: GraphBuilder, heads: number, dim: number, ...inputs: readonly Value[]): Value {
  const typed = inputs.map((input) => g.cast(input, g.kernels.products))
  return g.op('com.microsoft.MultiHeadAttention', typed, { num_heads: heads, scale: { float: 1 / Math.sqrt(dim) } })
}

/**
 * In float32: a device may sum float16 in float16, and the scores are large. A few heads after another, because the scores
 * of all heads at once are gigabytes at 1024×1024; under a mask, whose tokens are a prompt's and few, all at once.
 */
function decomposed(g: GraphBuilder, heads: number, dim: number, q: Value, k: Value, v: Value, mask?: Value): Value {
  // In a Reshape, 0 keeps the size.
  const split = (x: Value, perm: readonly number[]) =>
    g.op('Transpose', [g.op('Reshape', [g.cast(x, 'float32'), g.integers(0, 0, heads, dim)])], { perm })
  const query = g.op('Mul', [split(q, [0, 2, 1, 3]), g.scalar(1 / Math.sqrt(dim))]) // [batch, heads, tokens, dim]
  const key = split(k, [0, 2, 3, 1]) // [batch, heads, dim, tokens]
  const value = split(v, [0, 2, 1, 3]) // [batch, heads, tokens, dim]
  const atATime = mask ? heads : HEADS_AT_A_TIME
  const groups = Array.from({ length: Math.ceil(heads / atATime) }, (_, i) => {
    const group = (x: Value) => sliceHeads(g, x, i * atATime, Math.min((i + 1) * atATime, heads), heads)
    const scores = g.op('MatMul', [group(query), group(key)]) // [batch, group, tokens, tokens]
    const weights = g.op('Softmax', [mask ? g.op('Add', [scores, mask]) : scores], { axis: -1 })
    return g.op('MatMul', [weights, group(value)]) // [batch, group, tokens, dim]
  })
  const mixed = groups.length === 1 ? (groups[0] as Value) : g.op('Concat', groups, { axis: 1 })
  return g.op('Transpose', [mixed], { perm: [0, 2, 1, 3] }) // [batch, tokens, heads, dim]
}

/**
 * Heads `from` … `to` − 1 of `x` [batch, heads, …]. Not a Split: on WebGPU the results of an operator must not be more than
 * the buffers that a shader may have, which are as few as eight.
 */
function sliceHeads(g: GraphBuilder, x: Value, from: number, to: number, heads: number): Value {
  if (from === 0 && to === heads) return x
  return g.op('Slice', [x, g.integers(from), g.integers(to), g.integers(1)])
}
