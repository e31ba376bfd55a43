import type { VaeConfig } from './checkpoint/config.ts'
import type { TensorIndex } from './checkpoint/found.ts'
import type { Kernels } from './graph/kernels.ts'
import { buildVaeDecoder } from './graph/vae.ts'
import type { LatentShape } from './patches.ts'
import { cellEdgePx } from './picture-limits.ts'
import { createSession, floats, integers, type SessionOptions } from './session.ts'
import type { Decoding } from './vae-plan.ts'
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
  { wholePixels, stripPixels }: Decoding,
): Promise<VaeDecoder> {
  // In strips, too: throws now, not at the first picture, where a tensor is missing.
  const graph = buildVaeDecoder(config, weights, kernels)
  const whole = wholePixels > 0 ? await createSession(graph, options) : undefined
  const cellPx = cellEdgePx(config)
  const deepest = config.block_out_channels.at(-1) as number

  return {
    decode(latent, shape, signal) {
      const { channels, height, width } = shape
      const latents = latent.map((value) => value / config.scaling_factor + config.shift_factor)
      return whole && height * width * cellPx ** 2 <= wholePixels
        ? whole.run({
            latents: floats(latents, 1, channels, height, width),
            grid: integers([1, deepest, height, width], 4),
          })
        : decodeInStrips({ config, weights, kernels, options, maxPixels: stripPixels, signal }, latents, shape)
    },
    async release() {
      await whole?.release()
    },
  }
}
