import type { TensorIndex } from './checkpoint/checkpoint.ts'
import type { VaeConfig } from './checkpoint/config.ts'
import type { Kernels } from './graph/kernels.ts'
import { buildVaeDecoder } from './graph/vae.ts'
import type { LatentShape } from './patches.ts'
import { createSession, floats, integers, type SessionOptions } from './session.ts'
import type { DecodingKind } from './vae-plan.ts'
import { decodeInStrips } from './vae-strips.ts'

export interface VaeDecoder {
  /**
   * Latent [channels, h, w] → image [3, height, width], about −1 … 1. A cancel takes effect between strips. Throws an
   * `EngineError`.
   */
  decode(latent: Float32Array, shape: LatentShape, signal?: AbortSignal): Promise<Float32Array>
  release(): Promise<void>
}

/** Loads the decoder, or, in strips, makes it ready to be loaded step by step. Throws an `EngineError`. */
export async function openVaeDecoder(
  config: VaeConfig,
  weights: TensorIndex,
  kernels: Kernels,
  options: SessionOptions,
  how: DecodingKind,
): Promise<VaeDecoder> {
  const unscaled = (latent: Float32Array) => latent.map((value) => value / config.scaling_factor + config.shift_factor)

  switch (how.kind) {
    case 'whole': {
      const session = await createSession(buildVaeDecoder(config, weights, kernels), options)
      const deepest = config.block_out_channels.at(-1) as number
      return {
        decode: (latent, { channels, height, width }) =>
          session.run({
            latents: floats(unscaled(latent), 1, channels, height, width),
            grid: integers([1, deepest, height, width], 4),
          }),
        release: () => session.release(),
      }
    }
    case 'strips':
      buildVaeDecoder(config, weights, kernels) // throws now, not at the first picture, where a tensor is missing
      return {
        decode: (latent, shape, signal) =>
          decodeInStrips(
            { config, weights, kernels, options, maxPixels: how.maxPixels, signal },
            unscaled(latent),
            shape,
          ),
        async release() {},
      }
    default:
      throw how satisfies never
  }
}
