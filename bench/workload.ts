import type { ImageRequest } from '../engine/engine.ts'

/** The same work for every rival: the default model's own settings. */
export function workload(sizePx: number, seed: number): ImageRequest & { readonly negativePrompt: string } {
  return {
    prompt: 'a slice of pizza',
    negativePrompt: '',
    widthPx: sizePx,
    heightPx: sizePx,
    steps: 4,
    guidance: 0,
    seed,
  }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number
}
