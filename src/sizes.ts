import type { ImageRequest, ModelProfile } from '../engine/engine.ts'
import type { Clock } from './clock.ts'
import type { Engines } from './engines.ts'
import type { Log } from './log.ts'
import type { Store } from './store/store.ts'

interface SizesDeps {
  readonly store: Store
  readonly engines: Engines
  /** The folder of the model: another precision of the same model is another folder. */
  readonly modelDir: string
  readonly clock: Clock
  readonly log: Log
}

/**
 * What is left after a picture was too large: three quarters of its pixels. What a picture needs beside the weights grows
 * with its pixels, so a finer step would fail more people before one fits, and a coarser one would give up sizes that
 * fit: from 2048×2048 down to what 1024×1024 needs are five failures at most.
 */
const LOWERED = 3 / 4
const NOTE = 'largest'
const LASTS_MS = 86_400_000

export type Sizes = ReturnType<typeof createSizes>

/**
 * The largest picture that this machine has memory for, in pixels: what the engines say when they load the model, lowered
 * by each picture for which the memory was not enough. That is remembered for a day, because others may have had the memory then,
 * and forgotten when model, engine version or devices change, or how much memory those have.
 */
export function createSizes({ store, engines, modelDir, clock, log }: SizesDeps) {
  const { model, engineVersion, profile } = engines.first
  const notes = store.notes.of('engine')
  const devices = engines
    .infos()
    .map(({ device, deviceId = 0, memory }) => `${device}:${deviceId}:${memory?.totalBytes}`)
  const machine = JSON.stringify([modelDir, model, engineVersion, devices.sort()])
  const note = notes.recall(NOTE) as { machine: string; pixels: number; at?: number } | undefined
  let lowered = note?.machine === machine && note.at !== undefined ? { pixels: note.pixels, at: note.at } : undefined
  const loweredTo = (): number =>
    lowered && clock.now() - lowered.at < LASTS_MS ? lowered.pixels : Number.POSITIVE_INFINITY

  /** Infinity: nothing is known. */
  const largest = (): number =>
    Math.min(loweredTo(), ...engines.infos().map(({ largestPixels = Number.POSITIVE_INFINITY }) => largestPixels))

  return {
    largest,
    fits: (request: ImageRequest) => pixelsOf(request) <= largest(),

    /** Whether the model draws this at all: what waited while the model was exchanged was asked of another. */
    isOfModel({ widthPx, heightPx, steps }: ImageRequest): boolean {
      const { minEdgePx, maxEdgePx, maxSteps } = profile
      return Math.min(widthPx, heightPx) >= minEdgePx && Math.max(widthPx, heightPx) <= maxEdgePx && steps <= maxSteps
    },

    /** After this request was too large. The model's smallest size stays allowed: else nothing could be drawn any more. */
    lower(request: ImageRequest): void {
      const pixels = pixelsOf(request)
      const next = Math.max(Math.floor(pixels * LOWERED), profile.minEdgePx ** 2)
      if (next >= Math.min(pixels, largest())) return
      lowered = { pixels: next, at: clock.now() }
      notes.note(NOTE, { machine, ...lowered })
      log.warn({ tooLarge: pixels, largest: next }, 'the memory was not enough: larger pictures are refused now')
    },

    /** The model's own wishes, but for a usual size that fits: of the same shape, in multiples of 16. */
    profile(): ModelProfile {
      const share = Math.sqrt(largest() / (profile.widthPx * profile.heightPx))
      if (share >= 1) return profile
      const edge = (px: number) => Math.max(profile.minEdgePx, Math.floor((px * share) / 16) * 16)
      return { ...profile, widthPx: edge(profile.widthPx), heightPx: edge(profile.heightPx) }
    },
  }
}

function pixelsOf({ widthPx, heightPx }: ImageRequest): number {
  return widthPx * heightPx
}
