import type { ImageRequest, ModelProfile } from '../engine/engine.ts'

/** The same work for every rival: a picture as the model draws it by default. */
export function workload(
  { widthPx, steps, guidance }: ModelProfile,
  seed: number,
  sizePx = widthPx,
): ImageRequest & { readonly negativePrompt: string } {
  return { prompt: 'a slice of pizza', negativePrompt: '', widthPx: sizePx, heightPx: sizePx, steps, guidance, seed }
}

/** Of an even number of values the higher of the two in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number
}
