import type { TransformerConfig } from '../engine/checkpoint/config.ts'
import { feedForwardSize } from '../engine/graph/transformer.ts'

/** The least work of one evaluation of the transformer, in 10¹² floating-point operations: products and attention alone. */
export function tflopOfEvaluation(
  { dim, n_layers, n_refiner_layers, in_channels, all_patch_size, all_f_patch_size }: TransformerConfig,
  imageTokens: number,
  captionTokens: number,
): number {
  const hidden = feedForwardSize({ dim })
  const patchSize = (all_patch_size[0] as number) ** 2 * (all_f_patch_size[0] as number) * in_channels
  const block = (tokens: number) => 2 * tokens * (4 * dim * dim + 3 * dim * hidden) + 4 * tokens * tokens * dim
  const ends = 2 * 2 * imageTokens * patchSize * dim // into the first block and out of the last
  return (n_refiner_layers * block(imageTokens) + n_layers * block(imageTokens + captionTokens) + ends) / 1e12
}
