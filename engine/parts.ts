import type { CheckpointConfig } from './checkpoint/config.ts'
import { concat } from './concat.ts'
import type { openEmbedding } from './embedding.ts'
import { TIMESTEP_CHANNELS } from './graph/transformer.ts'
import { captionPositions, causalMask, imagePositions, paddingFlags, timestepSinusoids } from './inputs.ts'
import { type LatentShape, padded, patchCount } from './patches.ts'
import { cellEdgePx } from './picture-limits.ts'
import { type Position, spatialRotary, textRotary } from './rotary.ts'
import { floats, integers, type Session } from './session.ts'

/** A caption as the denoiser reads it. */
export interface Context {
  readonly values: Float32Array // [tokens, dim]
  readonly tokens: number
}

/** What the denoiser needs to know of a size and a caption length; the same at every step. */
export interface Layout {
  readonly shape: LatentShape
  /** Rows of the patches, padding included. */
  readonly rows: number
  readonly captionTokens: number
  readonly inputs: Readonly<Record<string, ReturnType<typeof floats>>>
}

export type Parts = ReturnType<typeof createParts>

/** How each part of a model is run on plain numbers, whatever session it was loaded in. */
export function createParts(
  { textEncoder: text, transformer, vae }: CheckpointConfig,
  embedding: ReturnType<typeof openEmbedding>,
) {
  const patch = transformer.all_patch_size[0] as number
  const halfHead = transformer.dim / transformer.n_heads / 2
  const cellPx = cellEdgePx(vae)
  const rotary = (positions: readonly Position[]) =>
    spatialRotary(positions, transformer.axes_dims, transformer.rope_theta)

  const parts = {
    /** Pixels along one edge of a latent's cell. */
    cellPx,

    /** Token ids → [tokens, cap_feat_dim]. */
    async embed(encoder: Session, ids: readonly number[]): Promise<Float32Array> {
      const { cos, sin } = textRotary(ids.length, text.head_dim, text.rope_theta)
      return encoder.run({
        token_embeddings: floats(await embedding(ids), ids.length, text.hidden_size),
        rope_cos: floats(cos, ids.length, text.head_dim / 2),
        rope_sin: floats(sin, ids.length, text.head_dim / 2),
        causal_mask: floats(causalMask(ids.length), ids.length, ids.length),
      })
    },

    /** [tokens, cap_feat_dim] → the caption, padded and refined. */
    async refine(refiner: Session, embeddings: Float32Array): Promise<Context> {
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

    /** The latent of whole patches that covers so many pixels. */
    latentShape: (widthPx: number, heightPx: number): LatentShape => ({
      channels: transformer.in_channels,
      height: Math.ceil(heightPx / (cellPx * patch)) * patch,
      width: Math.ceil(widthPx / (cellPx * patch)) * patch,
      patch,
    }),

    layOut(shape: LatentShape, captionTokens: number): Layout {
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

    /**
     * One evaluation: patches [rows, patch size] at time `t` (0 noise … 1 clean) → for each caption the prediction for each
     * patch, without padding. The captions have as many tokens as the layout was made for.
     */
    async predict(
      denoiser: Session,
      layout: Layout,
      patches: Float32Array,
      t: number,
      captions: readonly Context[],
    ): Promise<Float32Array[]> {
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

    /** Numbers that a session gives: of two that hold the same weights, the same. */
    trials: {
      encoder: (encoder: Session) => parts.embed(encoder, Array(TRIAL_TOKENS).fill(1)),
      refiner: async (refiner: Session) => (await parts.refine(refiner, waves(TRIAL_TOKENS * text.hidden_size))).values,
      denoiser: async (denoiser: Session) => {
        const layout = parts.layOut(parts.latentShape(1, 1), padded(TRIAL_TOKENS))
        const patches = waves(layout.rows * patch ** 2 * transformer.in_channels)
        const caption = { values: waves(layout.captionTokens * transformer.dim), tokens: layout.captionTokens }
        return (await parts.predict(denoiser, layout, patches, 0.5, [caption]))[0] as Float32Array
      },
    },
  }
  return parts
}

const TRIAL_TOKENS = 16

function waves(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i))
}
