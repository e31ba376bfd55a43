import type { TensorIndex } from '../checkpoint/found.ts'
import { type Graph, GraphBuilder, type Value } from './builder.ts'
import type { Kernels } from './kernels.ts'
import { attention, linear, silu } from './layers.ts'
import { conv, fromTokens, GROUP_NORM_EPS, toTokens, upsample } from './vae.ts'

// The decoder of graph/vae.ts cut at its GroupNorms, whose mean and variance are those of the whole picture, and made to
// work on a strip: some rows of a feature map, as wide as the map. What a strip gives is what the whole decoder has there.

/** One convolution and what comes with it. */
export interface ConvStep {
  /** Of the convolution's weights. */
  readonly name: string
  readonly from: number
  readonly to: number
  readonly kernel: 1 | 3
  /** The GroupNorm, and SiLU after it, that the convolution's input goes through. */
  readonly norm?: string
  /** Twice the edge before the convolution. Not together with `norm`. */
  readonly upsample?: boolean
  /** A 1×1 convolution of the same input, not normalised, as a second result. */
  readonly shortcut?: string
  /** Whether the result is added to another map. */
  readonly adds?: boolean
}

/**
 * Inputs: `x` [1, from, rows, width]; for a 3×3 kernel the rows next to the strip, `above` and `below` [1, from, 1, width],
 * zeros beyond the picture; for a norm `mean` and `variance` [from, 1, 1] of each channel's group, and `inside` [rows + 2,
 * 1], 1 for a row of the picture and 0 beyond it; `onto` [1, to, rows, width] where the step adds.
 *
 * Outputs: `y` [1, to, rows, width], rows and width doubled by an upsampling; `sum` and `squares` [1, to, rows], of each
 * row's numbers and of their squares, from which the next norm's mean and variance follow; `side` [1, to, rows, width], the shortcut.
 */
export function buildConvStrip(weights: TensorIndex, step: ConvStep): Graph {
  const { name, from, to, kernel } = step
  const g = new GraphBuilder(`vae_decoder ${name}`, weights)
  const x = g.input('x', 'float32', [1, from, 'rows', 'width'])
  const row = (side: string) => g.input(side, 'float32', [1, from, 1, 'width'])
  const doubled = (rows: Value, timesRows: number) => (step.upsample ? upsample(g, rows, timesRows) : rows)

  let h = x
  if (kernel === 3) h = g.op('Concat', [doubled(row('above'), 1), doubled(x, 2), doubled(row('below'), 1)], { axis: 2 })
  if (step.norm) h = silu(g, normalise(g, h, step.norm, from, g.input('inside', 'float32', ['rowsRead', 1])))
  h = conv(g, h, name, from, to, kernel, 0)
  if (step.adds) h = g.op('Add', [h, g.input('onto', 'float32', [1, to, 'rows', 'width'])])
  outputWithSums(g, h, to)
  if (step.shortcut) g.output('side', conv(g, x, step.shortcut, from, to, 1), [1, to, 'rows', 'width'])
  return g.finish()
}

/** `x` [1, channels, rows, width], `mean` and `variance` [channels, 1, 1] → `q`, `k`, `v` [rows·width, channels]. */
export function buildProjectionStrip(weights: TensorIndex, name: string, channels: number): Graph {
  const g = new GraphBuilder(`vae_decoder ${name} projection`, weights)
  const x = g.input('x', 'float32', [1, channels, 'rows', 'width'])
  const tokens = toTokens(g, normalise(g, x, `${name}.group_norm`, channels), channels)
  for (const part of ['q', 'k', 'v'])
    g.output(part, linear(g, tokens, `${name}.to_${part}`, channels, channels, { bias: true }), ['tokens', channels])
  return g.finish()
}

/** `q` [1, some tokens, channels], `k` and `v` [1, tokens, channels] → `mixed` [some tokens, channels]. */
export function buildAttention(weights: TensorIndex, name: string, channels: number, kernels: Kernels): Graph {
  const g = new GraphBuilder(`vae_decoder ${name}`, weights, kernels)
  const part = (input: string, tokens: string) => g.input(input, 'float32', [1, tokens, channels])
  const mixed = attention(g, 1, channels, part('q', 'some'), part('k', 'tokens'), part('v', 'tokens'))
  g.output('mixed', linear(g, mixed, `${name}.to_out.0`, channels, channels, { bias: true }), ['some', channels])
  return g.finish()
}

/** `x` [1, channels, rows, width], `mixed` [rows·width, channels], `grid` [4], the shape of x → `y`, `sum`, `squares`. */
export function buildAttentionSumStrip(channels: number): Graph {
  const g = new GraphBuilder('vae_decoder attention sum')
  const x = g.input('x', 'float32', [1, channels, 'rows', 'width'])
  const mixed = fromTokens(g, g.input('mixed', 'float32', ['tokens', channels]), g.input('grid', 'int64', [4]))
  outputWithSums(g, g.op('Add', [x, mixed]), channels)
  return g.finish()
}

/**
 * (x − mean) / √(variance + ε) · weight + bias, spelled x·scale + shift. Rows beyond the picture stay the zeros that
 * they are: there the shift is 0, and SiLU keeps 0, so a convolution sees the padding it would see in the whole picture.
 */
function normalise(g: GraphBuilder, x: Value, name: string, channels: number, inside?: Value): Value {
  const statistic = (input: string) => g.input(input, 'float32', [channels, 1, 1])
  const perChannel = (part: string) => g.weight(`${name}.${part}`, [channels], { as: [channels, 1, 1] })
  const deviation = g.op('Sqrt', [g.op('Add', [statistic('variance'), g.scalar(GROUP_NORM_EPS)])])
  const scale = g.op('Div', [perChannel('weight'), deviation])
  const shift = g.op('Sub', [perChannel('bias'), g.op('Mul', [statistic('mean'), scale])])
  return g.op('Add', [g.op('Mul', [x, scale]), inside ? g.op('Mul', [shift, inside]) : shift])
}

/** A row at a time, so that no sum in float32 grows long; the rest is added on the host in float64. */
function outputWithSums(g: GraphBuilder, y: Value, channels: number): void {
  g.output('y', y, [1, channels, 'rowsMade', 'widthMade'])
  g.output('sum', g.op('ReduceSum', [y, g.integers(3)], { keepdims: 0 }), [1, channels, 'rowsMade'])
  g.output('squares', g.op('ReduceSumSquare', [y], { axes: [3], keepdims: 0 }), [1, channels, 'rowsMade'])
}
