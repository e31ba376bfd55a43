/** What the transformer and the text encoder are handed beside weights and captions: positions, masks, padding, time. */
import { TIMESTEP_CHANNELS } from './graph/transformer.ts'
import { type LatentShape, patchCount } from './patches.ts'
import type { Position } from './rotary.ts'
import { booleans } from './session.ts'

// The logarithm of the longest period.
const TIMESTEP_LOG_PERIOD = Math.fround(Math.log(10000))

/** Which of the rows are padding. [all, 1] */
export function paddingFlags(real: number, all: number) {
  return booleans(
    Array.from({ length: all }, (_, i) => i >= real),
    all,
    1,
  )
}

/** One frame for each token. */
export function captionPositions(tokens: number): Position[] {
  return Array.from({ length: tokens }, (_, i) => [1 + i, 0, 0])
}

/** Patches stand in the frame after the caption; padding stands at the origin. */
export function imagePositions(shape: LatentShape, rows: number, frame: number): Position[] {
  const columns = shape.width / shape.patch
  const real = patchCount(shape)
  return Array.from({ length: rows }, (_, i) => (i < real ? [frame, Math.floor(i / columns), i % columns] : [0, 0, 0]))
}

/** 0 where a token may look (itself and earlier), −∞ where not. [tokens, tokens] */
export function causalMask(tokens: number): Float32Array {
  return Float32Array.from({ length: tokens * tokens }, (_, i) =>
    i % tokens <= Math.floor(i / tokens) ? 0 : Number.NEGATIVE_INFINITY,
  )
}

/** Half cosines, half sines, of falling frequency, in float32 as diffusers computes them. [256] */
export function timestepSinusoids(t: number): Float32Array {
  const half = TIMESTEP_CHANNELS / 2
  const angle = (j: number) =>
    Math.fround(Math.fround(t) * Math.fround(Math.exp(Math.fround(-TIMESTEP_LOG_PERIOD * j) / half)))
  return Float32Array.from({ length: TIMESTEP_CHANNELS }, (_, i) =>
    i < half ? Math.cos(angle(i)) : Math.sin(angle(i - half)),
  )
}
