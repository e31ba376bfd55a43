import { type AttentionChoice, chooseAttention } from './attention-trial.ts'
import { type Checkpoint, openCheckpoint } from './checkpoint/checkpoint.ts'
import type { TensorIndex } from './checkpoint/found.ts'
import { chooseKernels } from './choose-kernels.ts'
import { type MemoryOptions, memoryFor } from './device-memory.ts'
import { type Embedding, openEmbedding } from './embedding.ts'
import type { ModelProfile } from './engine.ts'
import type { Graph } from './graph/builder.ts'
import type { Kernels } from './graph/kernels.ts'
import { buildTextEncoder } from './graph/text-encoder.ts'
import { buildContext, buildDenoiser } from './graph/transformer.ts'
import { buildVaeDecoder } from './graph/vae.ts'
import { multipliesSigned } from './int8-trial.ts'
import { type MemoryPlan, planMemory } from './memory-plan.ts'
import { readProfile } from './profile.ts'
import { openPromptEncoder, type PromptEncoder } from './prompt.ts'
import { type FileRange, readAhead } from './read-ahead.ts'
import { createSession, onDemand, type Session, type SessionOptions } from './session.ts'
import { openVaeDecoder, type VaeDecoder } from './vae-decoder.ts'

export interface LoadModelOptions extends SessionOptions, MemoryOptions {}

/** A checkpoint's parts on their devices, and what was decided about them. */
export interface LoadedModel {
  readonly checkpoint: Checkpoint
  readonly profile: ModelProfile
  readonly plan: MemoryPlan
  readonly attention: AttentionChoice
  readonly prompts: PromptEncoder
  readonly embedding: Embedding
  /** Runs graph/text-encoder.ts. */
  readonly encoder: Pick<Session, 'run' | 'release'>
  /** Runs the context graph of graph/transformer.ts. */
  readonly refiner: Session
  /** Runs the denoiser of graph/transformer.ts. */
  readonly denoiser: Session
  readonly decoder: VaeDecoder
}

/** Opens a checkpoint, builds its graphs, sees that they fit, and loads them. Throws an `EngineError`. */
export async function loadModel(path: string, asked: LoadModelOptions): Promise<LoadedModel> {
  const { device, deviceId } = asked
  const checkpoint = await openCheckpoint(path)
  const prompts = await openPromptEncoder(checkpoint.tokenizer)
  const profile = await readProfile(checkpoint)
  const { textEncoder: text, transformer, vae } = checkpoint.config
  const choice = chooseKernels(device, checkpoint)
  const attention = await chooseAttention(device, deviceId, transformer.dim / transformer.n_heads, choice.products)
  const { kind, products } = attention
  const longSums = products === choice.products ? choice.longSums : products
  const kernels: Kernels = { ...choice, attention: kind, products, longSums }
  // The text encoder's residual stream and the VAE's maps are too large for float16. The VAE's one wide head is not among
  // those that were tried.
  const exact: Kernels = { ...choice, products: 'float32', longSums: 'float32' }
  const embedding = openEmbedding(checkpoint.textEncoder, text.vocab_size, text.hidden_size)
  const encoderGraph = buildTextEncoder(text, checkpoint.textEncoder, exact)
  const refinerGraph = buildContext(transformer, checkpoint.transformer, kernels)
  const denoiserGraph = buildDenoiser(transformer, checkpoint.transformer, kernels)
  const vaeGraph = buildVaeDecoder(vae, checkpoint.vae, exact)
  const { deviceMemory, hostMemory } = await memoryFor(device, deviceId, asked)
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
  const weights = [
    ...rangesOf(refinerGraph, checkpoint.transformer),
    ...rangesOf(denoiserGraph, checkpoint.transformer),
    ...(plan.textEncoder === 'released' ? [] : rangesOf(encoderGraph, checkpoint.textEncoder)),
    ...rangesOf(vaeGraph, checkpoint.vae),
  ]
  // The other half is for what the runtime makes of them.
  const ahead = readAhead(weights, hostMemory.freeBytes / 2)
  const unsignedInt8 = device === 'cpu' && checkpoint.recipe !== undefined && !(await multipliesSigned())
  const options = { ...asked, unsignedInt8 }
  // The transformer first: what the runtime takes to load it for a while is then there for the others.
  const refiner = await createSession(refinerGraph, options)
  const denoiser = await createSession(denoiserGraph, options)
  const encoder = await openTextEncoder()
  const decoder = await openVaeDecoder(vae, checkpoint.vae, exact, options, plan.decoding)
  await ahead?.terminate()
  return { checkpoint, profile, plan, attention, prompts, embedding, encoder, refiner, denoiser, decoder }

  async function openTextEncoder(): Promise<LoadedModel['encoder']> {
    switch (plan.textEncoder) {
      case 'resident':
        return createSession(encoderGraph, options)
      case 'released':
        return onDemand(() => createSession(encoderGraph, options))
      case 'cpu': {
        const onCpu = chooseKernels('cpu', checkpoint)
        return createSession(buildTextEncoder(text, checkpoint.textEncoder, onCpu), { ...options, device: 'cpu' })
      }
      default:
        return plan.textEncoder satisfies never
    }
  }
}

/** Where a graph's weights lie, in the order in which the runtime takes them. */
function rangesOf({ tensors }: Graph, index: TensorIndex): FileRange[] {
  return tensors.flatMap((name) => index.get(name) ?? [])
}
