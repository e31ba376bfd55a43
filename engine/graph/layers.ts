import type { GraphBuilder, Value } from './builder.ts'

/**
 * Scaled dot-product attention as one operator, or spelled out where the fused kernel of a device is wrong or lacks the
 * mask: softmax(q·kᵀ/√d)·v.
 */
export type AttentionKind = 'fused' | 'decomposed'

/** y = x·Wᵀ (+ b). `x` [rows, in] → [rows, out]. The weight is used as it lies in the file, [out, in]. */
export function linear(g: GraphBuilder, x: Value, name: string, inSize: number, outSize: number, bias = false): Value {
  const weight = g.weight(`${name}.weight`, [outSize, inSize])
  return g.op('Gemm', bias ? [x, weight, g.weight(`${name}.bias`, [outSize])] : [x, weight], { transB: 1 })
}

/** x / rms(x) · weight over the last dimension. `weight` [size] may be computed: a scale folds into it for nothing. */
export function rmsNorm(g: GraphBuilder, x: Value, weight: Value, eps: number): Value {
  return g.op('SimplifiedLayerNormalization', [x, weight], { axis: -1, epsilon: { float: eps } })
}

/** RMSNorm of each head by itself. `x` [tokens, heads·dim] → the same shape. */
export function headNorm(g: GraphBuilder, x: Value, name: string, heads: number, dim: number, eps: number): Value {
  const split = g.op('Reshape', [x, g.integers(-1, heads, dim)]) // [tokens, heads, dim]
  return g.op('Reshape', [rmsNorm(g, split, g.weight(`${name}.weight`, [dim]), eps), g.integers(-1, heads * dim)]) // [tokens, heads·dim]
}

/** x · sigmoid(x) */
export function silu(g: GraphBuilder, x: Value): Value {
  return g.op('com.microsoft.QuickGelu', [x], { alpha: { float: 1 } })
}

/** down(silu(gate(x)) · up(x)). `x` [rows, dim] → [rows, dim]. */
export function swiGlu(
  g: GraphBuilder,
  x: Value,
  dim: number,
  hidden: number,
  names: { gate: string; up: string; down: string },
): Value {
  const gate = silu(g, linear(g, x, names.gate, dim, hidden)) // [rows, hidden]
  const up = linear(g, x, names.up, dim, hidden) // [rows, hidden]
  return linear(g, g.op('Mul', [gate, up]), names.down, hidden, dim) // [rows, dim]
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
  kind: AttentionKind,
  heads: number,
  dim: number,
  q: Value,
  k: Value,
  v: Value,
  mask?: Value,
): Value {
  const joined =
    kind === 'fused' && mask === undefined ? fused(g, heads, dim, q, k, v) : decomposed(g, heads, dim, q, k, v, mask)
  return g.op('Reshape', [joined, g.integers(-1, heads * dim)])
}

function fused(g: GraphBuilder, heads: number, dim: number, q: Value, k: Value, v: Value): Value {
  return g.op('com.microsoft.MultiHeadAttention', [q, k, v], { num_heads: heads, scale: { float: 1 / Math.sqrt(dim) } })
}

function decomposed(g: GraphBuilder, heads: number, dim: number, q: Value, k: Value, v: Value, mask?: Value): Value {
  // In a Reshape, 0 keeps the size.
  const split = (x: Value, perm: readonly number[]) =>
    g.op('Transpose', [g.op('Reshape', [x, g.integers(0, 0, heads, dim)])], { perm })
  const query = g.op('Mul', [split(q, [0, 2, 1, 3]), g.scalar(1 / Math.sqrt(dim))]) // [batch, heads, tokens, dim]
  const scores = g.op('MatMul', [query, split(k, [0, 2, 3, 1])]) // [batch, heads, tokens, tokens]
  const weights = g.op('Softmax', [mask ? g.op('Add', [scores, mask]) : scores], { axis: -1 })
  const mixed = g.op('MatMul', [weights, split(v, [0, 2, 1, 3])]) // [batch, heads, tokens, dim]
  return g.op('Transpose', [mixed], { perm: [0, 2, 1, 3] }) // [batch, tokens, heads, dim]
}
