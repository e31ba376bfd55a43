import { type AttentionChoice, chooseAttention } from './attention-trial.ts'
import { type Checkpoint, openCheckpoint, type TensorIndex } from './checkpoint/checkpoint.ts'
import { chooseKernels } from './choose-kernels.ts'
import { type MemoryOptions, memoryFor } from './device-memory.ts'
import { openEmbedding } from './embedding.ts'
import type { ModelProfile } from './engine.ts'
import type { Graph } from './graph/builder.ts'
import type { Kernels } from './graph/kernels.ts'
import { buildTextEncoder } from './graph/text-encoder.ts'
import { buildContext, buildDenoiser } from './graph/transformer.ts'
import { buildVaeDecoder } from './graph/vae.ts'
import { multipliesWholeRows } from './int8-trial.ts'
import { openLaidOut, type Trial } from './laid-out.ts'
import { type MemoryPlan, planMemory } from './memory-plan.ts'
import { type Context, createParts, type Parts } from './parts.ts'
import { readProfile } from './profile.ts'
import { openPromptEncoder, type PromptEncoder } from './prompt.ts'
import { type FileRange, readAhead } from './read-ahead.ts'
import { createRecent, type Recent } from './recent.ts'
import { createSession, onDemand, type Session, type SessionOptions } from './session.ts'
import { openVaeDecoder, type VaeDecoder } from './vae-decoder.ts'

// A caption of the released model takes 26 kB a token: some thirty prompts of usual length.
const MAX_CAPTION_BYTES = 64 * 2 ** 20

/** What a person asked to see, as numbers: before and after the part of the transformer that reads captions. */
export interface Caption {
  readonly ids: readonly number[]
  readonly embeddings: Float32Array // [tokens, cap_feat_dim]
  readonly context: Context
}

/** The model's parts, loaded, as functions on plain numbers. */
export interface Stages extends Pick<Parts, 'cellPx' | 'latentShape' | 'layOut'> {
  readonly checkpoint: Checkpoint
  readonly profile: ModelProfile
  readonly plan: MemoryPlan
  readonly attention: AttentionChoice
  readonly prompts: PromptEncoder
  /** Of recent prompts: who draws again does not wait for the text encoder. */
  readonly captions: Recent<Caption>
  readonly embed: Loaded<Parts['embed']>
  readonly refine: Loaded<Parts['refine']>
  readonly predict: Loaded<Parts['predict']>
  /** Latent [channels, h, w] → image [3, height, width], about −1 … 1. */
  readonly decode: VaeDecoder['decode']
  release(): Promise<void>
}

/** With its session. */
type Loaded<Run> = Run extends (session: Session, ...inputs: infer Inputs) => infer Output
  ? (...inputs: Inputs) => Output
  : never

export interface LoadStagesOptions extends SessionOptions, MemoryOptions {}

/** Opens a checkpoint, builds its graphs, sees that they fit, and loads them. Throws an `EngineError`. */
export async function loadStages(path: string, options: LoadStagesOptions): Promise<Stages> {
  const { device, deviceId } = options
  const checkpoint = await openCheckpoint(path)
  const prompts = await openPromptEncoder(checkpoint.tokenizer)
  const profile = await readProfile(checkpoint)
  const { textEncoder: text, transformer, vae } = checkpoint.config
  const choice = chooseKernels(device, checkpoint)
  const attention = await chooseAttention(device, deviceId, transformer.dim / transformer.n_heads, choice.products)
  const { kind, products } = attention
  const longSums = products === choice.products ? choice.longSums : products
  const wholeRows = device === 'cpu' && checkpoint.recipe !== undefined && (await multipliesWholeRows())
  const kernels: Kernels = { ...choice, attention: kind, products, longSums, wholeRows }
  // The text encoder's residual stream and the VAE's maps are too large for float16. The VAE's one wide head is not among
  // those that were tried.
  const exact: Kernels = { ...choice, products: 'float32', longSums: 'float32' }
  const parts = createParts(checkpoint.config, openEmbedding(checkpoint.textEncoder, text.vocab_size, text.hidden_size))
  const encoderGraph = buildTextEncoder(text, checkpoint.textEncoder, exact)
  const refinerGraph = buildContext(transformer, checkpoint.transformer, kernels)
  const denoiserGraph = buildDenoiser(transformer, checkpoint.transformer, kernels)
  const vaeGraph = buildVaeDecoder(vae, checkpoint.vae, exact)
  const { deviceMemory, hostMemory } = await memoryFor(device, deviceId, options)
  const plan = planMemory({
    model: checkpoint.name,
    device,
    config: checkpoint.config,
    profile,
    // Scores take memory where either spells its attention out.
    attention: [kernels, exact].some((each) => each.attention === 'decomposed') ? 'decomposed' : 'fused',
    products: kernels.products,
    weightBytes: {
      textEncoder: encoderGraph.weightBytes,
      transformer: refinerGraph.weightBytes + denoiserGraph.weightBytes,
      vae: vaeGraph.weightBytes,
    },
    deviceMemory,
    hostMemory,
  })
  const { int4 = 0, int8 = 0 } = checkpoint.recipe?.packed ?? {}
  const laidOut = device === 'cpu' && int4 + int8 > 0 ? await openLaidOut(path, checkpoint) : undefined
  const open = (graph: Graph, index: TensorIndex, trial: Trial) =>
    laidOut?.open(graph, index, options, trial) ?? createSession(graph, options)
  const rangesOf = async (graph: Graph, index: TensorIndex) => (await laidOut?.find(graph)) ?? rangesIn(graph, index)
  const weights = await Promise.all([
    plan.textEncoder === 'released' ? [] : rangesOf(encoderGraph, checkpoint.textEncoder),
    rangesOf(refinerGraph, checkpoint.transformer),
    rangesOf(denoiserGraph, checkpoint.transformer),
    rangesIn(vaeGraph, checkpoint.vae),
  ])
  // The other half is for what the runtime makes of them.
  const ahead = readAhead(weights.flat(), hostMemory.freeBytes / 2)
  const encoder = await openTextEncoder()
  const refiner = await open(refinerGraph, checkpoint.transformer, parts.trials.refiner)
  const denoiser = await open(denoiserGraph, checkpoint.transformer, parts.trials.denoiser)
  const decoder = await openVaeDecoder(vae, checkpoint.vae, exact, options, plan.decoding)
  await ahead

  async function openTextEncoder(): Promise<Session> {
    switch (plan.textEncoder) {
      case 'resident':
        return open(encoderGraph, checkpoint.textEncoder, parts.trials.encoder)
      case 'released':
        return onDemand(() => open(encoderGraph, checkpoint.textEncoder, parts.trials.encoder))
      case 'cpu': {
        const onCpu = chooseKernels('cpu', checkpoint)
        return createSession(buildTextEncoder(text, checkpoint.textEncoder, onCpu), { ...options, device: 'cpu' })
      }
      default:
        return plan.textEncoder satisfies never
    }
  }

  return {
    checkpoint,
    profile,
    plan,
    attention,
    prompts,
    captions: createRecent(
      MAX_CAPTION_BYTES,
      ({ embeddings, context }) => embeddings.byteLength + context.values.byteLength,
    ),
    cellPx: parts.cellPx,
    latentShape: parts.latentShape,
    layOut: parts.layOut,
    embed: (ids) => parts.embed(encoder, ids),
    refine: (embeddings) => parts.refine(refiner, embeddings),
    predict: (...inputs) => parts.predict(denoiser, ...inputs),
    decode: decoder.decode,

    async release() {
      for (const session of [encoder, refiner, denoiser, decoder]) await session.release()
    },
  }
}

/** Where a graph's weights lie, in the order in which the runtime takes them. */
function rangesIn({ tensors }: Graph, index: TensorIndex): FileRange[] {
  return tensors.flatMap((name) => index.get(name) ?? [])
}
