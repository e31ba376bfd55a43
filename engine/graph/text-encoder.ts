import type { TextEncoderConfig } from '../checkpoint/config.ts'
import type { TensorIndex } from '../checkpoint/found.ts'
import { type Graph, GraphBuilder, type Value } from './builder.ts'
import type { Kernels } from './kernels.ts'
import { attention, headNorm, linear, type RotaryTables, rmsNorm, rotate, swiGlu } from './layers.ts'

/**
 * Qwen3 up to the residual stream after layer N−1 of N, without the final norm: what the transformer was trained to read.
 * The last layer and the final norm are never needed, so they are not in the graph.
 *
 * Inputs: `token_embeddings` [tokens, hidden_size], `rope_cos` and `rope_sin` [tokens, head_dim/2], `causal_mask` [tokens, tokens].
 * Output: `embeddings` [tokens, hidden_size].
 */
export function buildTextEncoder(config: TextEncoderConfig, weights: TensorIndex, kernels?: Kernels): Graph {
  const g = new GraphBuilder('text_encoder', weights, kernels)
  const { hidden_size: dim, head_dim } = config
  let x = g.input('token_embeddings', 'float32', ['tokens', dim])
  const rope = {
    cos: g.input('rope_cos', 'float32', ['tokens', head_dim / 2]),
    sin: g.input('rope_sin', 'float32', ['tokens', head_dim / 2]),
  }
  const mask = g.input('causal_mask', 'float32', ['tokens', 'tokens'])

  for (let i = 0; i < config.num_hidden_layers - 1; i++) x = layer(g, config, `layers.${i}`, x, rope, mask)

  g.output('embeddings', x, ['tokens', dim])
  return g.finish()
}

/** One pre-norm decoder layer. `x` [tokens, dim] → [tokens, dim]. */
function layer(
  g: GraphBuilder,
  config: TextEncoderConfig,
  name: string,
  x: Value,
  rope: RotaryTables,
  mask: Value,
): Value {
  const { hidden_size: dim, intermediate_size: hidden, rms_norm_eps: eps } = config
  const norm = (h: Value, part: string) => rmsNorm(g, h, g.weight(`${name}.${part}.weight`, [dim]), eps)
  const attended = selfAttention(g, config, `${name}.self_attn`, norm(x, 'input_layernorm'), rope, mask)
  x = g.op('Add', [x, attended])
  const fed = swiGlu(g, norm(x, 'post_attention_layernorm'), dim, hidden, {
    gate: `${name}.mlp.gate_proj`,
    up: `${name}.mlp.up_proj`,
    down: `${name}.mlp.down_proj`,
  })
  return g.op('Add', [x, fed])
}

/** Grouped-query causal attention: several query heads share one key/value head. `x` [tokens, dim] → [tokens, dim]. */
function selfAttention(
  g: GraphBuilder,
  config: TextEncoderConfig,
  name: string,
  x: Value,
  rope: RotaryTables,
  mask: Value,
): Value {
  const {
    hidden_size: dim,
    head_dim,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    rms_norm_eps: eps,
  } = config
  const project = (part: string, count: number) => linear(g, x, `${name}.${part}_proj`, dim, count * head_dim)
  const turned = (part: 'q' | 'k', count: number) => {
    const normed = headNorm(g, project(part, count), `${name}.${part}_norm`, count, head_dim, eps)
    return rotate(g, normed, rope, count, g.integers(1, -1, count * head_dim), false)
  }
  const q = turned('q', heads) // [1, tokens, heads·head_dim]
  const k = shareHeads(g, turned('k', kvHeads), kvHeads, heads, head_dim) // [1, tokens, heads·head_dim]
  const v = shareHeads(g, project('v', kvHeads), kvHeads, heads, head_dim) // [1, tokens, heads·head_dim]
  const mixed = attention(g, heads, head_dim, q, k, v, mask) // [tokens, heads·head_dim]
  return linear(g, mixed, `${name}.o_proj`, heads * head_dim, dim)
}

/** Repeats each key/value head for the query heads that share it: → [1, tokens, heads·head_dim]. */
function shareHeads(g: GraphBuilder, x: Value, kvHeads: number, heads: number, dim: number): Value {
  const split = g.op('Reshape', [x, g.integers(-1, kvHeads, 1, dim)])
  const shared = g.op('Expand', [split, g.integers(1, kvHeads, heads / kvHeads, dim)]) // [tokens, kvHeads, group, dim]
  return g.op('Reshape', [shared, g.integers(1, -1, heads * dim)])
}
