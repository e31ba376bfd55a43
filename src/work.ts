import type { ImageRequest } from '../engine/engine.ts'

/**
 * The work of a request: megapixels (1024×1024 is one) times transformer evaluations, over all its pictures. With guidance a
 * step takes two evaluations. Speed is measured by it, and credits are counted by it.
 */
export function megapixelEvaluations({ widthPx, heightPx, steps, guidance, count = 1 }: ImageRequest): number {
  return ((widthPx * heightPx) / 1_048_576) * steps * (guidance > 0 ? 2 : 1) * count
}
