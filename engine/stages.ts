import { concat } from './concat.ts'
import { TIMESTEP_CHANNELS } from './graph/transformer.ts'
import { captionPositions, causalMask, imagePositions, paddingFlags, timestepSinusoids } from './inputs.ts'
import { type LoadedModel, type LoadModelOptions, loadModel } from './load-model.ts'
import { type LatentShape, padded, patchCount } from './patches.ts'
import { cellEdgePx } from './picture-limits.ts'
import { createRecent, type Recent } from './recent.ts'
import { type Position, spatialRotary, textRotary } from './rotary.ts'
import { floats, integers } from './session.ts'

// A caption of the released model takes 26 kB a token: some thirty prompts of usual length.
const MAX_CAPTION_BYTES = 64 * 2 ** 20

/** A caption as the denoiser reads it. */
interface Context {
  readonly values: Float32Array // [tokens, dim]
  readonly tokens: number
}

/** What a person asked to see, as numbers: before and after the part of the transformer that reads captions. */
export interface Caption {
  readonly ids: readonly number[]
  readonly embeddings: Float32Array // [tokens, cap_feat_dim]
  readonly context: Context
}

/** What the denoiser needs to know of a size and a caption length; the same at every step. */
export interface Layout {
  readonly shape: LatentShape
  /** Rows of the patches, padding included. */
  readonly rows: number
  readonly captionTokens: number
  readonly inputs: Readonly<Record<string, ReturnType<typeof floats>>>
}

/** The model's parts, loaded, as functions on plain numbers. */
export interface Stages extends Pick<LoadedModel, 'checkpoint' | 'profile' | 'plan' | 'attention' | 'prompts'> {
  /** Of recent prompts: who draws again does not wait for the text encoder. */
  readonly captions: Recent<Caption>
  /** Pixels along one edge of a latent's cell. */
  readonly cellPx: number
  /** Token ids → [tokens, cap_feat_dim]. */
  embed(ids: readonly number[]): Promise<Float32Array>
  /** [tokens, cap_feat_dim] → the caption, padded and refined. */
  refine(embeddings: Float32Array): Promise<Context>
  /** The latent of whole patches that covers so many pixels. */
  latentShape(widthPx: number, heightPx: number): LatentShape
  layOut(shape: LatentShape, captionTokens: number): Layout
  /**
   * One evaluation: patches [rows, patch size] at time `t` (0 noise … 1 clean) → for each caption the prediction for each
   * patch, without padding. The captions have as many tokens as the layout was made for.
   */
  predict(layout: Layout, patches: Float32Array, t: number, captions: readonly Context[]): Promise<Float32Array[]>
  /** Latent [channels, h, w] → image [3, height, width], about −1 … 1. */
  readonly decode: LoadedModel['decoder']['decode']
  release(): Promise<void>
}

/** Loads a checkpoint. Throws an `EngineError`. */
export async function loadStages(path: string, options: LoadModelOptions): Promise<Stages> {
  return stagesOf(await loadModel(path, options))
}

function stagesOf({ embedding, encoder, refiner, denoiser, decoder, ...model }: LoadedModel): Stages {
  const { textEncoder: text, transformer, vae } = model.checkpoint.config
  const patch = transformer.all_patch_size[0] as number
  const halfHead = transformer.dim / transformer.n_heads / 2
  const cellPx = cellEdgePx(vae)
  const rotary = (positions: readonly Position[]) =>
    spatialRotary(positions, transformer.axes_dims, transformer.rope_theta)

  return {
    ...model,
    captions: createRecent(
      MAX_CAPTION_BYTES,
      ({ embeddings, context }) => embeddings.byteLength + context.values.byteLength,
    ),
    cellPx,

    async embed(ids) {
      const { cos, sin } = textRotary(ids.length, text.head_dim, text.rope_theta)
      return encoder.run({
        token_embeddings: floats(await embedding(ids), ids.length, text.hidden_size),
        rope_cos: floats(cos, ids.length, text.head_dim / 2),
        rope_sin: floats(sin, ids.length, text.head_dim / 2),
        causal_mask: floats(causalMask(ids.length), ids.length, ids.length),
      })
    },

    async refine(embeddings) {
      const real = embeddings.length / text.hidden_size
      const tokens = padded(real)
      const rows = new Float32Array(tokens * text.hidden_size)
      rows.set(embeddings)
      const { cos, sin } = rotary(captionPositions(tokens))
      const values = await refiner.run({
        embeddings: floats(rows, tokens, text.hidden_size),
        is_padding: paddingFlags(real, tokens),
        rope_cos: floats(cos, tokens, halfHead),
        rope_sin: floats(sin, tokens, halfHead),
      })
      return { values, tokens }
    },

    latentShape: (widthPx, heightPx) => ({
      channels: transformer.in_channels,
      height: Math.ceil(heightPx / (cellPx * patch)) * patch,
      width: Math.ceil(widthPx / (cellPx * patch)) * patch,
      patch,
    }),

    layOut(shape, captionTokens) {
      const real = patchCount(shape)
      const rows = padded(real)
      const { cos, sin } = rotary([
        ...imagePositions(shape, rows, 1 + captionTokens),
        ...captionPositions(captionTokens),
      ])
      const inputs = {
        is_padding: paddingFlags(real, rows),
        image_cos: floats(cos.subarray(0, rows * halfHead), rows, halfHead),
        image_sin: floats(sin.subarray(0, rows * halfHead), rows, halfHead),
        joint_cos: floats(cos, rows + captionTokens, halfHead),
        joint_sin: floats(sin, rows + captionTokens, halfHead),
      }
      return { shape, rows, captionTokens, inputs }
    },

    async predict(layout, patches, t, captions) {
      const patchSize = patches.length / layout.rows
      const batch = captions.length
      const prediction = await denoiser.run({
        ...layout.inputs,
        patches: floats(patches, layout.rows, patchSize),
        timestep: floats(timestepSinusoids(t * transformer.t_scale), 1, TIMESTEP_CHANNELS),
        context: floats(concat(captions.map(({ values }) => values)), batch, layout.captionTokens, transformer.dim),
        image_copies: integers([batch, 1, 1], 3),
        joint_shape: integers([batch, -1, transformer.dim], 3),
      })
      const itemSize = prediction.length / batch
      return captions.map((_, i) =>
        prediction.subarray(i * itemSize, i * itemSize + patchCount(layout.shape) * patchSize),
      )
    },

    decode: decoder.decode,

    async release() {
      for (const session of [encoder, refiner, denoiser, decoder]) await session.release()
    },
  }
}
