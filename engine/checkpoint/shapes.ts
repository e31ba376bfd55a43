import { type CheckpointConfig, parseConfig } from './config.ts'
import type { PartName, TensorIndex } from './found.ts'

// As released.
const PATCH = 2
const RELEASED_AXES = [32, 48, 48] as const
const RELEASED_HEAD = 128
const RELEASED_GROUPS = 32

/** No tensor tells anything of it. */
export const RELEASED_SCHEDULER = {
  _class_name: 'FlowMatchEulerDiscreteScheduler',
  num_train_timesteps: 1000,
  use_dynamic_shifting: false,
  shift: 3,
} as const satisfies CheckpointConfig['scheduler']

/**
 * A part's configuration, for layouts that come without one: what its tensors' shapes tell, so that a model of another size
 * works as well; the rest is as released. Throws an `EngineError` `unknown-architecture` that names `path`.
 */
export function configFromShapes<K extends PartName>(part: K, tensors: TensorIndex, path: string): CheckpointConfig[K] {
  return parseConfig(part, READERS[part](tensors), path)
}

const READERS: Readonly<Record<PartName, (tensors: TensorIndex) => object>> = {
  textEncoder(tensors) {
    const head = size(tensors, 'layers.0.self_attn.q_norm.weight', 0)
    return {
      model_type: 'qwen3',
      vocab_size: size(tensors, 'embed_tokens.weight', 0),
      hidden_size: size(tensors, 'embed_tokens.weight', 1),
      intermediate_size: size(tensors, 'layers.0.mlp.gate_proj.weight', 0),
      num_hidden_layers: count(tensors, /^layers\.(\d+)\./),
      num_attention_heads: size(tensors, 'layers.0.self_attn.q_proj.weight', 0) / head,
      num_key_value_heads: size(tensors, 'layers.0.self_attn.k_proj.weight', 0) / head,
      head_dim: head,
      rms_norm_eps: 1e-6,
      rope_theta: 1_000_000,
    }
  },

  transformer(tensors) {
    const dim = size(tensors, 'cap_embedder.1.weight', 0)
    const head = size(tensors, 'layers.0.attention.norm_q.weight', 0)
    return {
      _class_name: 'ZImageTransformer2DModel',
      all_patch_size: [PATCH],
      all_f_patch_size: [1],
      in_channels: size(tensors, `all_x_embedder.${PATCH}-1.weight`, 1) / PATCH ** 2,
      dim,
      n_layers: count(tensors, /^layers\.(\d+)\./),
      n_refiner_layers: count(tensors, /^(?:noise|context)_refiner\.(\d+)\./),
      n_heads: dim / head,
      norm_eps: 1e-5,
      qk_norm: true,
      cap_feat_dim: size(tensors, 'cap_embedder.1.weight', 1),
      rope_theta: 256,
      t_scale: 1000,
      // The share of a head that each axis has.
      axes_dims: RELEASED_AXES.map((axis) => (axis * head) / RELEASED_HEAD),
      axes_lens: [1536, 512, 512],
    }
  },

  vae(tensors) {
    const levels = count(tensors, /^decoder\.up_blocks\.(\d+)\./)
    const outwards = Array.from({ length: levels }, (_, i) =>
      size(tensors, `decoder.up_blocks.${i}.resnets.0.conv1.weight`, 0),
    )
    return {
      _class_name: 'AutoencoderKL',
      latent_channels: size(tensors, 'decoder.conv_in.weight', 1),
      out_channels: size(tensors, 'decoder.conv_out.weight', 0),
      block_out_channels: outwards.toReversed(),
      up_block_types: outwards.map(() => 'UpDecoderBlock2D'),
      layers_per_block: count(tensors, /^decoder\.up_blocks\.0\.resnets\.(\d+)\./) - 1,
      // No shape tells it. Narrow models have fewer than the released one: at least two channels to a group.
      norm_num_groups: Math.min(RELEASED_GROUPS, ...outwards.map((channels) => channels / 2)),
      act_fn: 'silu',
      scaling_factor: 0.3611,
      shift_factor: 0.1159,
      mid_block_add_attention: tensors.has('decoder.mid_block.attentions.0.to_q.weight'),
      use_post_quant_conv: tensors.has('post_quant_conv.weight'),
    }
  },
}

/** One edge of a tensor's shape; not a number where there is none, which the configuration's check then refuses. */
function size(tensors: TensorIndex, name: string, axis: number): number {
  return tensors.get(name)?.shape[axis] ?? Number.NaN
}

/** How many there are of what the pattern numbers, a missing one in between included. */
function count(tensors: TensorIndex, pattern: RegExp): number {
  return 1 + Math.max(-1, ...Array.from(tensors.keys(), (name) => Number(pattern.exec(name)?.[1] ?? -1)))
}
