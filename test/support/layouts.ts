import { createHash } from 'node:crypto'
import { cp, mkdir, open, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DTYPE_BYTES, type Dtype, readSafetensorsHeader, readTensor } from '../../engine/checkpoint/safetensors.ts'
import { TINY } from './checkpoint.ts'

/** A tensor to be written; without bytes, only its place is kept, as a hole in the file. */
export interface Tensor {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly bytes?: Uint8Array
}
export type Tensors = ReadonlyMap<string, Tensor>

/** A tensor of another layout and the released ones that it is made of, one after another. */
export interface Recipe {
  readonly name: string
  readonly from: readonly string[]
  /** A linear layer here is a convolution of one pixel there. */
  readonly isConvolution?: boolean
}

const same = (name: string): Recipe => ({ name, from: [name] })
const range = (length: number) => Array.from({ length }, (_, i) => i)
const both = (name: string, from: string, isConvolution = false): Recipe[] => [
  { name: `${name}.weight`, from: [`${from}.weight`], isConvolution },
  { name: `${name}.bias`, from: [`${from}.bias`] },
]

/** The transformer as ComfyUI's own module is built, from the first parameter to the last. */
export function comfyTransformer(layers: number, refiners: number): Recipe[] {
  const block = (name: string, isModulated: boolean): Recipe[] => [
    {
      name: `${name}.attention.qkv.weight`,
      from: ['q', 'k', 'v'].map((part) => `${name}.attention.to_${part}.weight`),
    },
    { name: `${name}.attention.out.weight`, from: [`${name}.attention.to_out.0.weight`] },
    { name: `${name}.attention.q_norm.weight`, from: [`${name}.attention.norm_q.weight`] },
    { name: `${name}.attention.k_norm.weight`, from: [`${name}.attention.norm_k.weight`] },
    ...['feed_forward.w1', 'feed_forward.w2', 'feed_forward.w3'].map((part) => same(`${name}.${part}.weight`)),
    ...['attention_norm1', 'ffn_norm1', 'attention_norm2', 'ffn_norm2'].map((part) => same(`${name}.${part}.weight`)),
    ...(isModulated ? both(`${name}.adaLN_modulation.0`, `${name}.adaLN_modulation.0`) : []),
  ]
  return [
    ...both('x_embedder', 'all_x_embedder.2-1'),
    ...range(refiners).flatMap((i) => block(`noise_refiner.${i}`, true)),
    ...range(refiners).flatMap((i) => block(`context_refiner.${i}`, false)),
    ...both('t_embedder.mlp.0', 't_embedder.mlp.0'),
    ...both('t_embedder.mlp.2', 't_embedder.mlp.2'),
    same('cap_embedder.0.weight'),
    ...both('cap_embedder.1', 'cap_embedder.1'),
    ...range(layers).flatMap((i) => block(`layers.${i}`, true)),
    ...both('final_layer.linear', 'all_final_layer.2-1.linear'),
    ...both('final_layer.adaLN_modulation.1', 'all_final_layer.2-1.adaLN_modulation.1'),
    same('x_pad_token'),
    same('cap_pad_token'),
  ]
}

/** The autoencoder as the original code builds it. `channels` from the picture inwards. */
export function originalVae(channels: readonly number[], blocks: number): Recipe[] {
  const last = channels.length - 1
  const resnet = (name: string, from: string, changes: boolean): Recipe[] => [
    ...['norm1', 'conv1', 'norm2', 'conv2'].flatMap((part) => both(`${name}.${part}`, `${from}.${part}`)),
    ...(changes ? both(`${name}.nin_shortcut`, `${from}.conv_shortcut`) : []),
  ]
  const middle = (half: string): Recipe[] => [
    ...resnet(`${half}.mid.block_1`, `${half}.mid_block.resnets.0`, false),
    ...both(`${half}.mid.attn_1.norm`, `${half}.mid_block.attentions.0.group_norm`),
    ...['q', 'k', 'v'].flatMap((part) =>
      both(`${half}.mid.attn_1.${part}`, `${half}.mid_block.attentions.0.to_${part}`, true),
    ),
    ...both(`${half}.mid.attn_1.proj_out`, `${half}.mid_block.attentions.0.to_out.0`, true),
    ...resnet(`${half}.mid.block_2`, `${half}.mid_block.resnets.1`, false),
  ]
  const ends = (half: string): Recipe[] => [
    ...both(`${half}.conv_in`, `${half}.conv_in`),
    ...both(`${half}.norm_out`, `${half}.conv_norm_out`),
    ...both(`${half}.conv_out`, `${half}.conv_out`),
  ]
  const at = (level: number) => channels[Math.min(Math.max(level, 0), last)]
  return [
    ...ends('encoder'),
    ...range(channels.length).flatMap((level) => [
      ...range(blocks).flatMap((i) =>
        resnet(
          `encoder.down.${level}.block.${i}`,
          `encoder.down_blocks.${level}.resnets.${i}`,
          i === 0 && at(level - 1) !== at(level),
        ),
      ),
      ...(level === last
        ? []
        : both(`encoder.down.${level}.downsample.conv`, `encoder.down_blocks.${level}.downsamplers.0.conv`)),
    ]),
    ...middle('encoder'),
    ...ends('decoder'),
    ...middle('decoder'),
    ...range(channels.length).flatMap((level) => [
      ...range(blocks + 1).flatMap((i) =>
        resnet(
          `decoder.up.${level}.block.${i}`,
          `decoder.up_blocks.${last - level}.resnets.${i}`,
          i === 0 && at(level + 1) !== at(level),
        ),
      ),
      ...(level === 0
        ? []
        : both(`decoder.up.${level}.upsample.conv`, `decoder.up_blocks.${last - level}.upsamplers.0.conv`)),
    ]),
  ]
}

/** The tensors of another layout. Every released one is used, and once. */
export function respell(recipes: readonly Recipe[], released: Tensors): Tensors {
  const left = new Map(released)
  const made = recipes.map(({ name, from, isConvolution }): [string, Tensor] => {
    const parts = from.map((part) => {
      const tensor = left.get(part)
      if (!tensor) throw new Error(`expected ${part} for ${name}`)
      left.delete(part)
      return tensor
    })
    const { dtype, shape } = parts[0] as Tensor
    const [rows = 0, ...rest] = shape
    const bytes = parts.every((part) => part.bytes)
      ? Buffer.concat(parts.map((part) => part.bytes as Uint8Array))
      : undefined
    return [
      name,
      {
        dtype,
        shape: [rows * parts.length, ...rest, ...(isConvolution ? [1, 1] : [])],
        ...(bytes && { bytes }),
      },
    ]
  })
  if (left.size > 0) throw new Error(`expected all tensors to be used, left: ${[...left.keys()]}`)
  return new Map(made)
}

export function withPrefix(prefix: string, tensors: Tensors): Tensors {
  return new Map([...tensors].map(([name, tensor]) => [prefix + name, tensor]))
}

/** Writes a safetensors file, and the folders above it. */
export async function writeSafetensors(path: string, tensors: Tensors): Promise<void> {
  let end = 0
  const header = Buffer.from(
    JSON.stringify({
      __metadata__: { format: 'pt' },
      ...Object.fromEntries(
        [...tensors].map(([name, { dtype, shape }]) => {
          const begin = end
          end += shape.reduce((a, b) => a * b, DTYPE_BYTES[dtype])
          return [name, { dtype, shape, data_offsets: [begin, end] }]
        }),
      ),
    }),
  )
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(header.length))
  await mkdir(dirname(path), { recursive: true })
  const file = await open(path, 'w')
  try {
    const start = prefix.length + header.length
    await file.write(Buffer.concat([prefix, header]), 0, start, 0)
    await file.truncate(start + end)
    let offset = start
    for (const { dtype, shape, bytes } of tensors.values()) {
      if (bytes) await file.write(bytes, 0, bytes.length, offset)
      offset += shape.reduce((a, b) => a * b, DTYPE_BYTES[dtype])
    }
  } finally {
    await file.close()
  }
}

/** All tensors of a folder's safetensors files, with their bytes. */
export async function readTensors(folder: string): Promise<Tensors> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.safetensors'))
  const headers = await Promise.all(files.map((name) => readSafetensorsHeader(join(folder, name))))
  const tensors = headers.flatMap((header) => [...header])
  return new Map(
    await Promise.all(
      tensors.map(async ([name, tensor]): Promise<[string, Tensor]> => {
        const { dtype, shape } = tensor
        return [name, { dtype, shape, bytes: await readTensor(tensor) }]
      }),
    ),
  )
}

/** The tiny checkpoint's three parts in ComfyUI's spelling. */
export async function comfyTiny(): Promise<{ transformer: Tensors; textEncoder: Tensors; vae: Tensors }> {
  const [transformer, textEncoder, vae] = await Promise.all(
    ['transformer', 'text_encoder', 'vae'].map((part) => readTensors(join(TINY, part))),
  )
  return {
    transformer: respell(comfyTransformer(2, 2), transformer as Tensors),
    textEncoder: textEncoder as Tensors,
    vae: respell(originalVae([16, 16, 32, 32], 2), vae as Tensors),
  }
}

/** The tiny checkpoint's vocabulary, without which it would be read with Qwen's. */
export function copyTokenizer(folder: string): Promise<void> {
  return cp(join(TINY, 'tokenizer'), join(folder, 'tokenizer'), { recursive: true })
}

export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export const TEXT_PREFIX = 'text_encoders.qwen3_4b.transformer.'

export type Parts = Awaited<ReturnType<typeof comfyTiny>>

/** Everything in one file, as ComfyUI saves checkpoints. */
export const joined = ({ transformer, textEncoder, vae }: Parts): Tensors =>
  new Map([
    ...withPrefix('model.diffusion_model.', transformer),
    ...withPrefix(TEXT_PREFIX, textEncoder),
    ...withPrefix('vae.', vae),
  ])

export async function writeComfyFolder(folder: string, { transformer, textEncoder, vae }: Parts): Promise<void> {
  await writeSafetensors(join(folder, 'diffusion_models', 'z_image_turbo_bf16.safetensors'), transformer)
  await writeSafetensors(join(folder, 'text_encoders', 'qwen_3_4b.safetensors'), textEncoder)
  await writeSafetensors(join(folder, 'vae', 'ae.safetensors'), vae)
}
