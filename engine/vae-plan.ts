import type { VaeConfig } from './checkpoint/config.ts'
import { type AttentionKind, FLOAT_BYTES } from './graph/kernels.ts'
import type { LatentShape } from './patches.ts'
import { cellEdgePx } from './picture-limits.ts'

/**
 * How pictures are decoded, the same pixels either way: `whole`, in one go, the device holding every feature map; or in
 * `strips` of at most `maxPixels` pixels of the picture (but at least one row of latents), the device holding one strip
 * at a time and the host the feature maps. Strips take no more arithmetic, but every map travels to the device and back;
 * so where strips are for large pictures only, those of up to `wholePixels` are decoded whole.
 */
export type DecodingKind =
  | { readonly kind: 'whole' }
  | { readonly kind: 'strips'; readonly maxPixels: number; readonly wholePixels?: number }

// Measured on the CPU by bench/vae.ts: the maps that exist at once, counted in maps as large as the largest. Whole: a layer's
// input, its norm, its result and the shortcut's. Of a strip also copies: rows joined to it, a result on its way to the host.
const MAPS_WHOLE = 4
const MAPS_OF_STRIP = 6
// Measured likewise: a step's weights as stored, as float32, packed for the device, and those of the step before.
const WEIGHT_COPIES = 4

/** Rows of latents in a strip: as many as `maxPixels` allow, at least one, and about as many in each strip. */
export function latentRows(
  config: VaeConfig,
  { height, width }: Pick<LatentShape, 'height' | 'width'>,
  maxPixels: number,
): number {
  const most = Math.max(1, Math.floor(maxPixels / (width * cellEdgePx(config) ** 2)))
  return Math.ceil(height / Math.ceil(height / most))
}

/** Scores (one for each pair of tokens) that may exist at once: no more than numbers in a strip of the picture's size. */
export function maxScores(config: VaeConfig, maxPixels: number): number {
  return maxPixels * (config.block_out_channels[0] as number)
}

/**
 * What decoding a picture whole, or in strips, takes at its peak beside the loaded weights, on the device and on the host: an
 * estimate, from the sizes of the maps. On the CPU both are the same memory.
 */
export function vaeDecoderBytes(
  config: VaeConfig,
  { widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number },
  how: DecodingKind,
  attention: AttentionKind = 'fused',
): { readonly deviceBytes: number; readonly hostBytes: number } {
  const cellPx = cellEdgePx(config)
  const [outermost] = config.block_out_channels as [number]
  const deepest = config.block_out_channels.at(-1) as number
  const width = widthPx / cellPx
  const height = heightPx / cellPx
  const tokens = width * height
  const imageBytes = widthPx * heightPx * config.out_channels * FLOAT_BYTES.float32

  switch (how.kind) {
    case 'whole': {
      const maps = MAPS_WHOLE * largestMap(config) * widthPx * heightPx
      const scores = attention === 'decomposed' ? 2 * tokens ** 2 : 0 // before and after the softmax
      return { deviceBytes: Math.max(maps, scores) * FLOAT_BYTES.float32, hostBytes: imageBytes }
    }
    case 'strips': {
      const stripPixels = latentRows(config, { height, width }, how.maxPixels) * cellPx * widthPx
      const maps = MAPS_OF_STRIP * largestMap(config) * stripPixels
      const scores = attention === 'decomposed' ? 2 * Math.max(tokens, maxScores(config, how.maxPixels)) : 0
      const keysAndValues = 2 * tokens * deepest
      const stepWeights = WEIGHT_COPIES * Math.max(...config.block_out_channels) ** 2 * 3 * 3
      return {
        deviceBytes: (Math.max(maps, scores + keysAndValues) + stepWeights) * FLOAT_BYTES.float32,
        // A layer's map and what is added to it.
        hostBytes: Math.max(2 * outermost, largestMap(config)) * widthPx * heightPx * FLOAT_BYTES.float32 + imageBytes,
      }
    }
    default:
      return how satisfies never
  }
}

/** Numbers in the largest feature map for each pixel of the picture: a map enters a level with the channels of the one before. */
function largestMap({ block_out_channels }: VaeConfig): number {
  return Math.max(...block_out_channels.map((own, i) => Math.max(own, block_out_channels[i + 1] ?? 0) / 4 ** i))
}
