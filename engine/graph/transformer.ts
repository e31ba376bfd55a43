import type { TransformerConfig } from '../checkpoint/config.ts'
import type { TensorIndex } from '../checkpoint/found.ts'
import { type Graph, GraphBuilder, type Value } from './builder.ts'
import type { Kernels } from './kernels.ts'
import { attention, headNorm, linear, type RotaryTables, rmsNorm, rotate, silu, swiGlu } from './layers.ts'

// The timestep's embedding has this many numbers before it is projected to the conditioning vector.
export const TIMESTEP_CHANNELS = 256
const TIMESTEP_HIDDEN = 1024
// The conditioning vector is as wide as the transformer, but never wider than this.
const MAX_CONDITION_SIZE = 256
const FINAL_NORM_EPS = 1e-6
// Whatever the configuration says of the other norms.
const HEAD_NORM_EPS = 1e-5

type NormName = 'attention_norm1' | 'attention_norm2' | 'ffn_norm1' | 'ffn_norm2'

/**
 * The part of the transformer that depends on the caption alone, so it runs once per prompt: caption embedding and context
 * refiner.
 *
 * Inputs: `embeddings` [tokens, cap_feat_dim], `is_padding` [tokens, 1], `rope_cos`, `rope_sin` [tokens, head dim / 2].
 * Output: `context` [tokens, dim]. The token count is a multiple of 32; padding is not masked.
 */
export function buildContext(config: TransformerConfig, weights: TensorIndex, kernels?: Kernels): Graph {
  const g = new GraphBuilder('context', weights, kernels)
  const { dim, cap_feat_dim } = config
  const embeddings = g.input('embeddings', 'float32', ['tokens', cap_feat_dim])
  const isPadding = g.input('is_padding', 'bool', ['tokens', 1])
  const rope = ropeInputs(g, config, 'rope', 'tokens')

  const normed = rmsNorm(g, embeddings, g.weight('cap_embedder.0.weight', [cap_feat_dim]), config.norm_eps)
  let x = linear(g, normed, 'cap_embedder.1', cap_feat_dim, dim, { bias: true }) // [tokens, dim]
  x = g.op('Where', [isPadding, g.weight('cap_pad_token', [1, dim]), x])
  for (let i = 0; i < config.n_refiner_layers; i++)
    x = block(g, config, `context_refiner.${i}`, x, rope, g.integers(1, -1, dim))

  g.output('context', x, ['tokens', dim])
  return g.finish()
}

/**
 * Everything that depends on the timestep: one evaluation of the denoiser, for one picture and a batch of captions. With
 * guidance these are the positive and the negative one: until the captions join, both see the same image.
 *
 * Inputs: `patches` [image tokens, patch·patch·channels], `is_padding` [image tokens, 1], `timestep` [1, 256] (sinusoids),
 * `context` [batch, caption tokens, dim], `image_copies` [3] = (batch, 1, 1), `joint_shape` [3] = (batch, −1, dim), `image_cos`,
 * `image_sin` [image tokens, head dim / 2], and `joint_cos`, `joint_sin` for image and caption tokens together.
 * Output: `prediction` [batch · (image and caption tokens), patch·patch·channels], of which only the image's rows mean
 * something; the velocity is their negative.
 */
export function buildDenoiser(config: TransformerConfig, weights: TensorIndex, kernels?: Kernels): Graph {
  const g = new GraphBuilder('denoiser', weights, kernels)
  const { dim } = config
  const patch = config.all_patch_size[0] as number
  const patchSize = patch * patch * config.in_channels
  const key = `${patch}-${config.all_f_patch_size[0]}`
  const patches = g.input('patches', 'float32', ['image', patchSize])
  const isPadding = g.input('is_padding', 'bool', ['image', 1])
  const timestep = g.input('timestep', 'float32', [1, TIMESTEP_CHANNELS])
  const context = g.input('context', 'float32', ['batch', 'caption', dim])
  const imageCopies = g.input('image_copies', 'int64', [3])
  const jointShape = g.input('joint_shape', 'int64', [3])
  const imageRope = ropeInputs(g, config, 'image', 'image')
  const rope = ropeInputs(g, config, 'joint', 'joint')

  const alone = g.integers(1, -1, dim) // the shape of a batch of one
  const condition = timestepCondition(g, config, timestep) // [1, condition]
  let image = linear(g, patches, `all_x_embedder.${key}`, patchSize, dim, { bias: true }) // [image, dim]
  image = g.op('Where', [isPadding, g.weight('x_pad_token', [1, dim]), image])
  for (let i = 0; i < config.n_refiner_layers; i++)
    image = block(g, config, `noise_refiner.${i}`, image, imageRope, alone, condition)

  const copies = g.op('Expand', [g.op('Reshape', [image, alone]), imageCopies]) // [batch, image, dim]
  let x = g.op('Reshape', [g.op('Concat', [copies, context], { axis: 1 }), g.integers(-1, dim)]) // [batch·joint, dim]
  for (let i = 0; i < config.n_layers; i++) x = block(g, config, `layers.${i}`, x, rope, jointShape, condition)

  // Caption rows go through the last layer too: cheaper than a slice whose end is known only at the run.
  g.output('prediction', finalLayer(g, config, `all_final_layer.${key}`, x, condition, patchSize), ['rows', patchSize])
  return g.finish()
}

/** Linear → SiLU → linear: the vector that conditions every modulated block. `sinusoids` [1, 256] → [1, condition]. */
function timestepCondition(g: GraphBuilder, config: TransformerConfig, sinusoids: Value): Value {
  const hidden = silu(g, linear(g, sinusoids, 't_embedder.mlp.0', TIMESTEP_CHANNELS, TIMESTEP_HIDDEN, { bias: true }))
  return linear(g, hidden, 't_embedder.mlp.2', TIMESTEP_HIDDEN, conditionSize(config), { bias: true })
}

/**
 * Attention and feed-forward, each between two norms and added to what went in. `x` [batch·tokens, dim] → the same; `shape` tells
 * the items apart. Without a `condition`, as for the caption, which does not know the time, there are no scales and no gates.
 */
function block(
  g: GraphBuilder,
  config: TransformerConfig,
  name: string,
  x: Value,
  rope: RotaryTables,
  shape: Value,
  condition?: Value,
): Value {
  const modulation = condition && modulationOf(g, config, name, condition)
  const norm = (h: Value, part: NormName) => {
    const weight = g.weight(`${name}.${part}.weight`, [config.dim])
    return rmsNorm(g, h, modulation ? g.op('Mul', [weight, modulation[part]]) : weight, epsOf(config, part))
  }
  const attended = selfAttention(g, config, `${name}.attention`, norm(x, 'attention_norm1'), rope, shape)
  x = g.op('Add', [x, norm(attended, 'attention_norm2')])
  const fed = feedForward(g, config, `${name}.feed_forward`, norm(x, 'ffn_norm1'))
  return g.op('Add', [x, norm(fed, 'ffn_norm2')])
}

/**
 * A block's scales and gates, from the timestep: [dim] each. They multiply what a norm made, so they fold into the norms' weights.
 */
function modulationOf(
  g: GraphBuilder,
  config: TransformerConfig,
  name: string,
  condition: Value,
): Readonly<Record<NormName, Value>> {
  const size = 4 * config.dim
  const all = linear(g, condition, `${name}.adaLN_modulation.0`, conditionSize(config), size, { bias: true })
  const four = g.ops('Split', [g.op('Reshape', [all, g.integers(size)])], 4, { axis: 0 })
  const scale = (i: number) => g.op('Add', [four[i] as Value, g.scalar(1)])
  const gate = (i: number) => g.op('Tanh', [four[i] as Value])
  return { attention_norm1: scale(0), attention_norm2: gate(1), ffn_norm1: scale(2), ffn_norm2: gate(3) }
}

/**
 * What comes out of the attention and of the feed-forward may have been divided by a power of two, so that float16 holds it.
 * The norm behind takes that back exactly, if its epsilon shrinks by the square.
 */
function epsOf({ norm_eps, folded }: TransformerConfig, part: NormName): number {
  switch (part) {
    case 'attention_norm2':
      return norm_eps / folded.to_out ** 2
    case 'ffn_norm2':
      return norm_eps / folded.w3 ** 2
    default:
      return norm_eps
  }
}

/**
 * Full attention within each item, with normalised, rotated queries and keys. `x` and `shape` as above;
 * float32 in and out.
 */
function selfAttention(
  g: GraphBuilder,
  config: TransformerConfig,
  name: string,
  x: Value,
  rope: RotaryTables,
  shape: Value,
): Value {
  const { dim, n_heads: heads } = config
  const { products: type, longSums } = g.kernels
  const headDim = dim / heads
  const eps = HEAD_NORM_EPS
  const project = (part: string) => linear(g, x, `${name}.${part}`, dim, dim, { type }) // [batch·tokens, dim]
  const turned = (part: 'q' | 'k') =>
    rotate(g, headNorm(g, project(`to_${part}`), `${name}.norm_${part}`, heads, headDim, eps), rope, heads, shape, true)
  const q = turned('q') // [batch, tokens, dim]
  const k = turned('k') // [batch, tokens, dim]
  const v = g.op('Reshape', [project('to_v'), shape]) // [batch, tokens, dim]
  const mixed = attention(g, heads, headDim, q, k, v) // [batch·tokens, dim]
  return g.cast(linear(g, mixed, `${name}.to_out.0`, dim, dim, { type: longSums }), 'float32')
}

/** `x` [rows, dim] → [rows, dim]. */
function feedForward(g: GraphBuilder, config: TransformerConfig, name: string, x: Value): Value {
  return swiGlu(g, x, config.dim, feedForwardSize(config), { gate: `${name}.w1`, up: `${name}.w3`, down: `${name}.w2` })
}

/** LayerNorm without weights, scaled by the timestep, then back to patches. `x` [rows, dim] → [rows, patchSize]. */
function finalLayer(
  g: GraphBuilder,
  config: TransformerConfig,
  name: string,
  x: Value,
  condition: Value,
  patchSize: number,
): Value {
  const { dim } = config
  const scale = linear(g, silu(g, condition), `${name}.adaLN_modulation.1`, conditionSize(config), dim, { bias: true }) // [1, dim]
  const ones = g.constant(new Float32Array(dim).fill(1), [dim])
  const normed = g.op('LayerNormalization', [x, ones], { axis: -1, epsilon: { float: FINAL_NORM_EPS } })
  return linear(g, g.op('Mul', [normed, g.op('Add', [scale, g.scalar(1)])]), `${name}.linear`, dim, patchSize, {
    bias: true,
  })
}

/** How wide the gated unit is inside. */
export function feedForwardSize({ dim }: Pick<TransformerConfig, 'dim'>): number {
  return Math.floor((dim / 3) * 8)
}

function conditionSize(config: TransformerConfig): number {
  return Math.min(config.dim, MAX_CONDITION_SIZE)
}

function ropeInputs(g: GraphBuilder, config: TransformerConfig, name: string, tokens: string): RotaryTables {
  const half = config.dim / config.n_heads / 2
  return {
    cos: g.input(`${name}_cos`, 'float32', [tokens, half]),
    sin: g.input(`${name}_sin`, 'float32', [tokens, half]),
  }
}
