import type { PartName, TensorIndex } from './found.ts'
import type { StoredTensor } from './safetensors.ts'

/**
 * Other spellings of the same tensors, as ComfyUI keeps them: the transformer with the names of its first code and q, k
 * and v in one tensor, the VAE with those of the original autoencoder, each in a file of its own or all in one behind
 * prefixes (`model.diffusion_model.`, `text_encoders.qwen3_4b.transformer.model.`, `vae.`). No byte moves: what is one
 * tensor there and three here are three ranges of the same bytes.
 */
interface PartLayout {
  /** What tells the part from everything else; of several spellings, one. */
  readonly marks: readonly (readonly string[])[]
  /** What only a stranger has. */
  readonly strangers: RegExp
  readonly map: (tensors: TensorIndex) => TensorIndex
}

const LAYOUTS: Readonly<Record<PartName, PartLayout>> = {
  transformer: {
    marks: [
      // Not in Lumina, whose other names are the same.
      ['cap_pad_token'],
      ['cap_embedder.1.weight'],
      ['x_embedder.weight', 'all_x_embedder.2-1.weight'],
      ['final_layer.linear.weight', 'all_final_layer.2-1.linear.weight'],
    ],
    // One that draws pixels, and one that reads pictures too.
    strangers: /^(dec_net|siglip_embedder)\./,
    map: (tensors) => mapEach(tensors, (name, tensor) => splitQkv(rename(name, TRANSFORMER_NAMES), tensor)),
  },
  textEncoder: {
    marks: [
      ['layers.0.self_attn.q_norm.weight'],
      ['layers.0.mlp.gate_proj.weight'],
      ['layers.0.post_attention_layernorm.weight'],
      ['embed_tokens.weight'],
      // Unused, but a file without it may also lack the last layer, and then the last but one is not the one to stop at.
      ['norm.weight'],
    ],
    // Gemma has one norm more, and a Qwen that sees is another model.
    strangers: /^layers\.0\.pre_feedforward_layernorm\.|(^|\.)visual\./,
    map: (tensors) => tensors,
  },
  vae: {
    marks: [
      ['decoder.conv_in.weight'],
      ['decoder.conv_out.weight'],
      ['decoder.norm_out.weight', 'decoder.conv_norm_out.weight'],
      ['decoder.mid.block_1.conv1.weight', 'decoder.mid_block.resnets.0.conv1.weight'],
    ],
    strangers: /^(en|de)coder\.(time_|temporal)/,
    map: mapVae,
  },
}

type Rename = readonly [pattern: RegExp, replacement: string]

const TRANSFORMER_NAMES: readonly Rename[] = [
  [/^(x_embedder|final_layer)\./, 'all_$1.2-1.'],
  [/\.attention\.out\./, '.attention.to_out.0.'],
  [/\.attention\.([qk])_norm\./, '.attention.norm_$1.'],
]

const VAE_NAMES: readonly Rename[] = [
  [/\.mid\.block_1\./, '.mid_block.resnets.0.'],
  [/\.mid\.block_2\./, '.mid_block.resnets.1.'],
  [/\.mid\.attn_1\.norm\./, '.mid_block.attentions.0.group_norm.'],
  [/\.mid\.attn_1\.([qkv])\./, '.mid_block.attentions.0.to_$1.'],
  [/\.mid\.attn_1\.proj_out\./, '.mid_block.attentions.0.to_out.0.'],
  [/^encoder\.down\.(\d+)\.block\.(\d+)\./, 'encoder.down_blocks.$1.resnets.$2.'],
  [/^encoder\.down\.(\d+)\.downsample\./, 'encoder.down_blocks.$1.downsamplers.0.'],
  [/^decoder\.up\.(\d+)\.block\.(\d+)\./, 'decoder.up_blocks.$1.resnets.$2.'],
  [/^decoder\.up\.(\d+)\.upsample\./, 'decoder.up_blocks.$1.upsamplers.0.'],
  [/\.nin_shortcut\./, '.conv_shortcut.'],
  [/^(en|de)coder\.norm_out\./, '$1coder.conv_norm_out.'],
]

const UP_LEVEL = /^decoder\.up\.(\d+)\./
const VAE_ATTENTION = /\.attentions\.0\.to_(q|k|v|out\.0)\.weight$/

/** A part that a file holds, by the names of the released layout. */
export interface RecognisedPart {
  readonly part: PartName
  /** What stands before the part's names in the file. */
  readonly prefix: string
  readonly tensors: TensorIndex
}

/** The parts of a Z-Image model among the tensors of a file: known by what they hold, not by what the file is called. */
export function recogniseParts(tensors: TensorIndex): RecognisedPart[] {
  return (Object.keys(LAYOUTS) as PartName[]).flatMap((part) => {
    const { marks, strangers, map } = LAYOUTS[part]
    const [first, ...others] = marks as [readonly string[], ...(readonly string[])[]]
    const mark = first[0] as string
    return [...tensors.keys()]
      .filter((name) => name === mark || name.endsWith(`.${mark}`))
      .map((name) => name.slice(0, -mark.length))
      .filter((prefix) => others.every((names) => names.some((name) => tensors.has(prefix + name))))
      .map((prefix) => ({ prefix, own: behind(prefix, tensors) }))
      .filter(({ own }) => ![...own.keys(), ...tensors.keys()].some((name) => strangers.test(name)))
      .map(({ prefix, own }) => ({ part, prefix, tensors: map(own) }))
  })
}

function behind(prefix: string, tensors: TensorIndex): TensorIndex {
  return new Map(
    [...tensors]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  )
}

function mapEach(
  tensors: TensorIndex,
  map: (name: string, tensor: StoredTensor) => readonly (readonly [string, StoredTensor])[],
): TensorIndex {
  return new Map([...tensors].flatMap(([name, tensor]) => map(name, tensor)))
}

function rename(name: string, table: readonly Rename[]): string {
  return table.reduce((so, [pattern, replacement]) => so.replace(pattern, replacement), name)
}

/** `qkv` [3·dim, dim] is to_q, to_k and to_v one after another. */
function splitQkv(name: string, tensor: StoredTensor): (readonly [string, StoredTensor])[] {
  const [rows = 0, ...rest] = tensor.shape
  if (!name.endsWith('.attention.qkv.weight') || rows % 3 !== 0) return [[name, tensor]]
  const length = tensor.length / 3
  return ['q', 'k', 'v'].map((which, i) => [
    name.replace(/qkv\.weight$/, `to_${which}.weight`),
    { ...tensor, shape: [rows / 3, ...rest], offset: tensor.offset + i * length, length },
  ])
}

/** The original counts levels from the picture inwards, the released layout from the latent outwards. */
function mapVae(tensors: TensorIndex): TensorIndex {
  const levels = Array.from(tensors.keys(), (name) => Number(UP_LEVEL.exec(name)?.[1] ?? 0))
  const last = Math.max(...levels)
  return mapEach(tensors, (original, tensor) => {
    const turned = original.replace(UP_LEVEL, (_, level) => `decoder.up.${last - Number(level)}.`)
    const name = rename(turned, VAE_NAMES)
    const [out, into, ...kernel] = tensor.shape
    // A 1×1 convolution there, a linear layer here.
    const isLinear = VAE_ATTENTION.test(name) && String(kernel) === '1,1'
    return [[name, isLinear ? { ...tensor, shape: [out as number, into as number] } : tensor]]
  })
}
