import type { CheckpointConfig, VaeConfig } from './checkpoint/config.ts'

/** Of every edge of a picture, whatever the edge of the model's patches: pipeline.ts cuts off what they stand over. */
export const EDGE_MULTIPLE_PX = 16

/** Pixels along one edge of a latent's cell. */
export function cellEdgePx(config: VaeConfig): number {
  return 2 ** (config.block_out_channels.length - 1)
}

/** In pixels: the edge of a patch, and the largest picture, which has as many patches as the transformer knows positions. */
export function pictureLimits({ transformer, vae }: Pick<CheckpointConfig, 'transformer' | 'vae'>): {
  readonly patchPx: number
  readonly widthPx: number
  readonly heightPx: number
} {
  const [, rows, columns] = transformer.axes_lens as [number, number, number]
  const patchPx = cellEdgePx(vae) * (transformer.all_patch_size[0] as number)
  return { patchPx, widthPx: columns * patchPx, heightPx: rows * patchPx }
}
