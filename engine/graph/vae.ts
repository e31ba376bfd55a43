import type { VaeConfig } from '../checkpoint/config.ts'
import type { TensorIndex } from '../checkpoint/found.ts'
import { type Graph, GraphBuilder, type Value } from './builder.ts'
import type { Kernels } from './kernels.ts'
import { attention, linear, silu } from './layers.ts'

export const GROUP_NORM_EPS = 1e-6

/**
 * AutoencoderKL's decoder: latents to pixels, doubling the edge in every up block but the last.
 *
 * Inputs: `latents` [1, latent_channels, height/f, width/f], already scaled and shifted; `grid` [4], the shape of the deepest
 * level, because a shape computed inside would leave a GPU. Output: `image` [1, 3, height, width],
 * about −1 … 1.
 */
export function buildVaeDecoder(config: VaeConfig, weights: TensorIndex, kernels?: Kernels): Graph {
  const g = new GraphBuilder('vae_decoder', weights, kernels)
  const { latent_channels } = config
  const channels = config.block_out_channels.toReversed() // from the latent outwards
  const deepest = channels[0] as number
  let x = g.input('latents', 'float32', [1, latent_channels, 'height', 'width'])
  const grid = g.input('grid', 'int64', [4])

  if (config.use_post_quant_conv) x = conv(g, x, 'post_quant_conv', latent_channels, latent_channels, 1)
  x = conv(g, x, 'decoder.conv_in', latent_channels, deepest) // [1, deepest, h, w]
  x = resnet(g, config, x, 'decoder.mid_block.resnets.0', deepest, deepest)
  if (config.mid_block_add_attention)
    x = spatialAttention(g, config, x, 'decoder.mid_block.attentions.0', deepest, grid)
  x = resnet(g, config, x, 'decoder.mid_block.resnets.1', deepest, deepest)

  let inChannels = deepest
  for (const [i, outChannels] of channels.entries()) {
    const name = `decoder.up_blocks.${i}`
    for (let j = 0; j <= config.layers_per_block; j++)
      x = resnet(g, config, x, `${name}.resnets.${j}`, j === 0 ? inChannels : outChannels, outChannels)
    if (i < channels.length - 1) x = conv(g, upsample(g, x), `${name}.upsamplers.0.conv`, outChannels, outChannels)
    inChannels = outChannels
  }

  x = silu(g, groupNorm(g, config, x, 'decoder.conv_norm_out', inChannels))
  g.output('image', conv(g, x, 'decoder.conv_out', inChannels, config.out_channels), [
    1,
    config.out_channels,
    'pixelHeight',
    'pixelWidth',
  ])
  return g.finish()
}

/** x + conv(silu(norm(conv(silu(norm(x)))))). `x` [1, from, h, w] → [1, to, h, w]. */
function resnet(g: GraphBuilder, config: VaeConfig, x: Value, name: string, from: number, to: number): Value {
  let h = silu(g, groupNorm(g, config, x, `${name}.norm1`, from))
  h = conv(g, h, `${name}.conv1`, from, to)
  h = silu(g, groupNorm(g, config, h, `${name}.norm2`, to))
  h = conv(g, h, `${name}.conv2`, to, to)
  const shortcut = from === to ? x : conv(g, x, `${name}.conv_shortcut`, from, to, 1)
  return g.op('Add', [shortcut, h])
}

/** One-head attention between all pixels of the deepest level. `x` [1, channels, h, w] → the same. */
function spatialAttention(
  g: GraphBuilder,
  config: VaeConfig,
  x: Value,
  name: string,
  channels: number,
  grid: Value,
): Value {
  const tokens = toTokens(g, groupNorm(g, config, x, `${name}.group_norm`, channels), channels)
  const project = (part: string) =>
    g.op('Reshape', [
      linear(g, tokens, `${name}.${part}`, channels, channels, { bias: true }),
      g.integers(1, -1, channels),
    ])
  const mixed = attention(g, 1, channels, project('to_q'), project('to_k'), project('to_v')) // [h·w, channels]
  const out = linear(g, mixed, `${name}.to_out.0`, channels, channels, { bias: true })
  return g.op('Add', [x, fromTokens(g, out, grid)])
}

/** [1, channels, h, w] → [h·w, channels] */
export function toTokens(g: GraphBuilder, x: Value, channels: number): Value {
  return g.op('Transpose', [g.op('Reshape', [x, g.integers(channels, -1)])], { perm: [1, 0] })
}

/** [h·w, channels] → what `grid` says: [1, channels, h, w]. */
export function fromTokens(g: GraphBuilder, tokens: Value, grid: Value): Value {
  return g.op('Reshape', [g.op('Transpose', [tokens], { perm: [1, 0] }), grid])
}

/**
 * A convolution that keeps the width, and the height too unless `padRows` is 0, when the rows above and below come with `x`.
 * `x` [1, from, h, w] → [1, to, h, w].
 */
export function conv(
  g: GraphBuilder,
  x: Value,
  name: string,
  from: number,
  to: number,
  kernel = 3,
  padRows = (kernel - 1) / 2,
): Value {
  const pad = (kernel - 1) / 2
  const missing = isWrongOnWebGpu(from, to, kernel) ? 8 - (from % 8) : 0
  const widened = (v: Value) => (missing > 0 ? g.op('Pad', [v, g.integers(0, 0, 0, 0, 0, missing, 0, 0)]) : v)
  const weight = widened(g.weight(`${name}.weight`, [to, from, kernel, kernel]))
  return g.op('Conv', [widened(x), weight, g.weight(`${name}.bias`, [to])], {
    kernel_shape: [kernel, kernel],
    pads: [padRows, pad, padRows, pad],
  })
}

/**
 * Where the runtime's convolution gives other numbers on WebGPU, as measured (1.29). More channels, of zeros, lead around it;
 * no released model is as narrow or odd as that.
 */
function isWrongOnWebGpu(from: number, to: number, kernel: number): boolean {
  if (kernel === 1) return to === 6 && from < 8
  return to % 4 === 0 && from > 3 && from % 3 === 0 && from % 4 !== 0
}

/** GroupNorm, spelled as the InstanceNormalization of whole groups, which every device has. `x` [1, channels, h, w]. */
function groupNorm(g: GraphBuilder, config: VaeConfig, x: Value, name: string, channels: number): Value {
  const groups = config.norm_num_groups
  const ones = g.constant(new Float32Array(groups).fill(1), [groups])
  const zeros = g.constant(new Float32Array(groups), [groups])
  // In a Reshape, 0 keeps the size and −1 is what remains: so neither height nor width need be known.
  const split = g.op('Reshape', [x, g.integers(1, groups, -1, 0)]) // [1, groups, channels/groups·h, w]
  const normed = g.op('InstanceNormalization', [split, ones, zeros], { epsilon: { float: GROUP_NORM_EPS } })
  const joined = g.op('Reshape', [normed, g.integers(1, channels, -1, 0)]) // [1, channels, h, w]
  const scaled = g.op('Mul', [joined, g.weight(`${name}.weight`, [channels], { as: [channels, 1, 1] })])
  return g.op('Add', [scaled, g.weight(`${name}.bias`, [channels], { as: [channels, 1, 1] })])
}

/** Nearest neighbour, twice the edge: [1, c, h, w] → [1, c, 2h, 2w]; or as many times the height as `timesRows`. */
export function upsample(g: GraphBuilder, x: Value, timesRows = 2): Value {
  const scales = g.constant(Float32Array.of(1, 1, timesRows, 2), [4])
  return g.op('Resize', [x, '', scales], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  })
}
