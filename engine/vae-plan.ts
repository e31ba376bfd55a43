import type { VaeConfig } from './checkpoint/config.ts'
import { type AttentionKind, FLOAT_BYTES } from './graph/kernels.ts'
import type { LatentShape } from './patches.ts'
import { cellEdgePx } from './picture-limits.ts'

/** How pictures are decoded, the same pixels either way. */
export interface Decoding {
  /** Those of up to so many pixels in one go, the device holding every feature map. */
  readonly wholePixels: number
  /**
   * Larger ones in strips of at most so many pixels of the picture (but at least one row of latents), the device holding one
   * strip at a time and the host the feature maps: no more arithmetic, but every map travels to the device and back.
   */
  readonly stripPixels: number
}

/** An estimate, from the sizes of the maps, beside the loaded weights. On the CPU both are the same memory. */
interface DecodingBytes {
  readonly deviceBytes: number
  readonly hostBytes: number
}

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

/** What decoding a picture of `edgePx`×`edgePx` in one go takes at its peak. */
export function wholeBytes(config: VaeConfig, edgePx: number, attention: AttentionKind = 'fused'): DecodingBytes {
  const maps = MAPS_WHOLE * largestMap(config) * edgePx ** 2
  const tokens = (edgePx / cellEdgePx(config)) ** 2
  const scores = attention === 'decomposed' ? 2 * tokens ** 2 : 0 // before and after the softmax
  return { deviceBytes: Math.max(maps, scores) * FLOAT_BYTES.float32, hostBytes: imageBytes(config, edgePx) }
}

/** The same in strips of at most `maxPixels`. */
export function stripBytes(
  config: VaeConfig,
  edgePx: number,
  maxPixels: number,
  attention: AttentionKind = 'fused',
): DecodingBytes {
  const cells = edgePx / cellEdgePx(config)
  const tokens = cells ** 2
  const [outermost] = config.block_out_channels as [number]
  const deepest = config.block_out_channels.at(-1) as number
  const rowsPx = latentRows(config, { height: cells, width: cells }, maxPixels) * cellEdgePx(config)
  const maps = MAPS_OF_STRIP * largestMap(config) * rowsPx * edgePx
  const scores = attention === 'decomposed' ? 2 * Math.max(tokens, maxScores(config, maxPixels)) : 0
  const keysAndValues = 2 * tokens * deepest
  const stepWeights = WEIGHT_COPIES * Math.max(...config.block_out_channels) ** 2 * 3 * 3
  // A layer's map and what is added to it.
  const hostMaps = Math.max(2 * outermost, largestMap(config)) * edgePx ** 2
  return {
    deviceBytes: (Math.max(maps, scores + keysAndValues) + stepWeights) * FLOAT_BYTES.float32,
    hostBytes: hostMaps * FLOAT_BYTES.float32 + imageBytes(config, edgePx),
  }
}

function imageBytes(config: VaeConfig, edgePx: number): number {
  return edgePx ** 2 * config.out_channels * FLOAT_BYTES.float32
}

/** Numbers in the largest feature map for each pixel of the picture: a map enters a level with the channels of the one before. */
function largestMap({ block_out_channels }: VaeConfig): number {
  return Math.max(...block_out_channels.map((own, i) => Math.max(own, block_out_channels[i + 1] ?? 0) / 4 ** i))
}
