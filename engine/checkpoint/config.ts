import { join } from 'node:path'
import { z } from 'zod'
import { expectNone, type Fault, toFault } from './fault.ts'
import { parseAs, readJsonFile } from './json-file.ts'

/** A bound far beyond any model, or else a wrong number fills the memory, or fits into no graph. */
const MAX_SIZE = 2 ** 20
const count = z.int().positive().max(MAX_SIZE)
/** A bound on layers, or else a wrong number of them fills the memory with what is missing. */
const MAX_LAYERS = 1000
const depth = z.int().positive().max(MAX_LAYERS)
/** A graph has it as a float32. */
const epsilon = z.float32().positive()
/** Angles as they are, not stretched for longer texts. The kind of stretching has had two names in turn. */
const unstretched = z.literal('default').optional()
const plainRotary = z.object({ rope_type: unstretched, type: unstretched })
/** What may be asked for elsewhere and not here: looked at, then dropped. */
const unasked = <T extends z.ZodType>(schema: T) =>
  schema
    .nullable()
    .transform(() => undefined)
    .optional()
const no = unasked(z.literal(false))
/** Said before weights are fetched, where a repository has them in no other form. */
const notQuantised = unasked(
  z.null('expected none: weights that another program has quantised are not read; take the bfloat16 ones'),
)

/** `text_encoder/config.json`: a Qwen3. `rope_theta` stands at the top level in some exports, in `rope_parameters` in others. */
const textEncoderSchema = z
  .object({
    model_type: z.literal('qwen3'),
    hidden_size: count,
    intermediate_size: count,
    num_hidden_layers: depth,
    num_attention_heads: count,
    num_key_value_heads: count,
    head_dim: count.multipleOf(2),
    rms_norm_eps: epsilon,
    vocab_size: count,
    attention_bias: z.literal(false).default(false),
    hidden_act: z.literal('silu').default('silu'),
    use_sliding_window: no,
    layer_types: unasked(z.array(z.literal('full_attention'))),
    rope_theta: z.number().positive().optional(),
    rope_parameters: plainRotary.extend({ rope_theta: z.number().positive().optional() }).nullish(),
    // The older spelling.
    rope_scaling: unasked(plainRotary),
    quantization_config: notQuantised,
  })
  .transform(({ rope_theta, rope_parameters, ...rest }, context) => {
    // Where both say it, transformers goes by the newer.
    const ropeTheta = rope_parameters?.rope_theta ?? rope_theta
    if (ropeTheta === undefined) context.addIssue('expected rope_theta, at the top level or in rope_parameters')
    return { ...rest, rope_theta: ropeTheta ?? Number.NaN }
  })
  .refine(
    (c) => c.num_attention_heads % c.num_key_value_heads === 0,
    'expected heads to be a multiple of key/value heads',
  )
export type TextEncoderConfig = z.infer<typeof textEncoderSchema>

/** `transformer/config.json`: the S3-DiT. */
const transformerSchema = z
  .object({
    _class_name: z.literal('ZImageTransformer2DModel'),
    all_patch_size: z.array(count).length(1),
    all_f_patch_size: z.array(z.literal(1)).length(1),
    in_channels: count,
    dim: count,
    n_layers: depth,
    n_refiner_layers: z.int().nonnegative().max(MAX_LAYERS),
    n_heads: count,
    norm_eps: epsilon,
    qk_norm: z.literal(true),
    cap_feat_dim: count,
    // With it the model reads pictures too, and counts its positions in another way.
    siglip_feat_dim: unasked(z.null('expected null: a Z-Image that reads pictures too (Omni, Edit) is not supported')),
    quantization_config: notQuantised,
    rope_theta: z.number().positive(),
    t_scale: z.number().positive(),
    axes_dims: z.array(count.multipleOf(2)).length(3),
    axes_lens: z.array(count).length(3),
    // Ours, in prepared models only: what `to_out` and `w3` were divided by (prepare.ts).
    folded: z.object({ to_out: z.number().positive(), w3: z.number().positive() }).default({ to_out: 1, w3: 1 }),
  })
  .refine((c) => c.dim % c.n_heads === 0, 'expected dim to be a multiple of n_heads')
  .refine(
    (c) => c.axes_dims.reduce((a, b) => a + b, 0) === c.dim / c.n_heads,
    'expected axes_dims to sum to the head dimension dim / n_heads',
  )
export type TransformerConfig = z.infer<typeof transformerSchema>

/** `vae/config.json`. */
const vaeSchema = z
  .object({
    _class_name: z.literal('AutoencoderKL'),
    latent_channels: count,
    out_channels: z.literal(3),
    block_out_channels: z.array(count).min(1),
    up_block_types: z.array(z.literal('UpDecoderBlock2D')),
    layers_per_block: depth,
    norm_num_groups: count,
    act_fn: z.literal('silu'),
    scaling_factor: z.number().positive(),
    shift_factor: z
      .number()
      .nullish()
      .transform((s) => s ?? 0),
    mid_block_add_attention: z.boolean().default(true),
    use_post_quant_conv: z.boolean().default(true),
  })
  .refine(
    (c) => c.up_block_types.length === c.block_out_channels.length,
    'expected one up block for each of block_out_channels',
  )
  .refine(
    (c) => c.block_out_channels.every((n) => n % c.norm_num_groups === 0),
    'expected channels divisible by norm_num_groups',
  )
export type VaeConfig = z.infer<typeof vaeSchema>

/** `scheduler/scheduler_config.json`: flow matching with a fixed shift. */
const schedulerSchema = z.object({
  _class_name: z.literal('FlowMatchEulerDiscreteScheduler'),
  shift: z.number().positive().default(1),
  // The transformer is told 1 − σ, and the pipeline counts that in thousandths.
  num_train_timesteps: z.literal(1000).default(1000),
  use_dynamic_shifting: z.literal(false).default(false),
  use_karras_sigmas: no,
  use_exponential_sigmas: no,
  use_beta_sigmas: no,
  invert_sigmas: no,
  stochastic_sampling: no,
  shift_terminal: unasked(z.null()),
})
type SchedulerConfig = z.infer<typeof schedulerSchema>

export interface CheckpointConfig {
  readonly textEncoder: TextEncoderConfig
  readonly transformer: TransformerConfig
  readonly vae: VaeConfig
  readonly scheduler: SchedulerConfig
}

/** Where the released layout keeps each of them. */
export const CONFIG_FILES = {
  textEncoder: join('text_encoder', 'config.json'),
  transformer: join('transformer', 'config.json'),
  vae: join('vae', 'config.json'),
  scheduler: join('scheduler', 'scheduler_config.json'),
} satisfies Record<keyof CheckpointConfig, string>

/**
 * Reads and checks the four config files of a checkpoint folder. A missing file is an `EngineError` `checkpoint-missing`,
 * an unreadable one `checkpoint-corrupt`, values that this engine does not compute `unknown-architecture`.
 */
export async function readCheckpointConfig(folder: string): Promise<CheckpointConfig> {
  const { config, faults } = await inspectConfig(folder)
  expectNone(faults)
  return config as CheckpointConfig
}

/** The same, but faults are told, not thrown: a config is absent where its file has one. */
export async function inspectConfig(
  folder: string,
): Promise<{ readonly config: Partial<CheckpointConfig>; readonly faults: readonly Fault[] }> {
  const faults: Fault[] = []
  const read = async <K extends keyof CheckpointConfig>(key: K) => {
    const path = join(folder, CONFIG_FILES[key])
    const config = readJsonFile(path).then((json) => parseConfig(key, json, path))
    return config.catch((error) => {
      faults.push(toFault(error))
      return undefined
    })
  }
  const [textEncoder, transformer, vae, scheduler] = await Promise.all([
    read('textEncoder'),
    read('transformer'),
    read('vae'),
    read('scheduler'),
  ])
  const config = { textEncoder, transformer, vae, scheduler }
  return { config, faults: [...faults, ...misfits(config, join(folder, CONFIG_FILES.transformer))] }
}

/** Checks one of the four against what this engine computes. Throws an `EngineError` `unknown-architecture` that names `path`. */
export function parseConfig<K extends keyof CheckpointConfig>(
  key: K,
  json: unknown,
  path: string,
): CheckpointConfig[K] {
  return parseAs(SCHEMAS[key] as unknown as z.ZodType<CheckpointConfig[K]>, path, json, 'unknown-architecture')
}

/** Where the parts meet they must speak of the same sizes. */
function misfits({ textEncoder, transformer, vae }: Partial<CheckpointConfig>, path: string): Fault[] {
  const misfit = (what: string): Fault => ({ code: 'unknown-architecture', message: `${path}: ${what}` })
  const faults: Fault[] = []
  if (transformer && textEncoder && transformer.cap_feat_dim !== textEncoder.hidden_size)
    faults.push(
      misfit(
        `expected cap_feat_dim ${textEncoder.hidden_size} (the text encoder's hidden_size), got ${transformer.cap_feat_dim}`,
      ),
    )
  if (transformer && vae && transformer.in_channels !== vae.latent_channels)
    faults.push(
      misfit(`expected in_channels ${vae.latent_channels} (the VAE's latent_channels), got ${transformer.in_channels}`),
    )
  return faults
}

const SCHEMAS = {
  textEncoder: textEncoderSchema,
  transformer: transformerSchema,
  vae: vaeSchema,
  scheduler: schedulerSchema,
}
