import type { EngineInfo, ImageRequest } from '../engine/engine.ts'
import type { Clock } from './clock.ts'
import type { MeasuredSpeed } from './store/speeds.ts'
import type { Store } from './store/store.ts'
import { megapixelEvaluations } from './work.ts'

export type Speed = ReturnType<typeof createSpeed>

// The newest picture counts at least this much, so that a machine that became slower is believed within ten pictures.
const NEWEST_WEIGHT = 0.2
// Of pixels: edges of 256 and 314.
const APART = 1.5

/** How long a request will take on this machine, learned from what took how long before, and remembered. */
export function createSpeed({ store, clock, engine }: { store: Store; clock: Clock; engine: EngineInfo }) {
  const name = `${engine.model} ${engine.engineVersion} ${engine.device}`
  const known = new Map(store.speeds.all(name).map((speed) => [speed.pixels, speed]))

  return {
    /** Undefined until the first picture. A size never drawn is guessed from the one nearest to it. */
    expectMs(request: ImageRequest): number | undefined {
      const pixels = request.widthPx * request.heightPx
      const [nearest] = [...known.values()].sort((a, b) => ratio(a.pixels, pixels) - ratio(b.pixels, pixels))
      return nearest && stepsMsOf(nearest, request) + fixedMsOf(nearest, request)
    },
    /**
     * `stepsMs` is the part of it that goes by the number of steps; undefined: nobody knows, as after a single one. It is
     * then shared out as before.
     */
    learn(request: ImageRequest, tookMs: number, stepsMs: number | undefined): void {
      if (!(tookMs > 0)) return
      const pixels = request.widthPx * request.heightPx
      const before = known.get(pixels)
      const inSteps = Math.min(stepsMs || tookMs * (before ? shareOfSteps(before, request) : 1), tookMs)
      const rate = inSteps / megapixelEvaluations(request)
      const fixed = (tookMs - inSteps) / (request.count ?? 1)
      const samples = (before?.samples ?? 0) + 1
      const weight = Math.max(1 / samples, NEWEST_WEIGHT)
      const mixed = (old: number, measured: number) => old * (1 - weight) + measured * weight
      const speed = {
        pixels,
        msPerMegapixelEvaluation: mixed(before?.msPerMegapixelEvaluation ?? rate, rate),
        fixedMs: mixed(before?.fixedMs ?? fixed, fixed),
        samples,
      }
      known.set(pixels, speed)
      store.speeds.put(name, speed, clock.now())
    },
    /** What is known, by size. */
    known: () => [...known.values()],
    /** For `/about`: the sizes drawn most, the smallest first. Of two that take about as long, as shapes of one area do, one. */
    usual(): readonly MeasuredSpeed[] {
      const apart: MeasuredSpeed[] = []
      for (const speed of [...known.values()].sort((a, b) => b.samples - a.samples)) {
        if (apart.every(({ pixels }) => ratio(pixels, speed.pixels) >= APART)) apart.push(speed)
      }
      return apart.sort((a, b) => a.pixels - b.pixels)
    },
  }
}

function stepsMsOf({ msPerMegapixelEvaluation }: MeasuredSpeed, request: ImageRequest): number {
  return msPerMegapixelEvaluation * megapixelEvaluations(request)
}

function fixedMsOf({ pixels, fixedMs }: MeasuredSpeed, { widthPx, heightPx, count = 1 }: ImageRequest): number {
  // Decoding, which is most of what is fixed, goes by the pixels.
  return fixedMs * ((widthPx * heightPx) / pixels) * count
}

function shareOfSteps(speed: MeasuredSpeed, request: ImageRequest): number {
  const stepsMs = stepsMsOf(speed, request)
  return stepsMs / (stepsMs + fixedMsOf(speed, request))
}

function ratio(a: number, b: number): number {
  return a > b ? a / b : b / a
}
