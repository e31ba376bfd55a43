import type { Engines } from './engines.ts'
import type { Speed } from './speed.ts'
import type { Job } from './store/jobs.ts'
import type { Turns } from './turns.ts'
import { megapixelEvaluations } from './work.ts'

export interface ForecastDeps {
  readonly engines: Engines
  readonly turns: Turns
  readonly speed: Speed
}

/** What is known of a picture that is waited for. */
interface Expected {
  readonly pictureMs: number
}

// Before anything was measured; only the ratio between people matters then.
const GUESSED_MS_PER_MEGAPIXEL_EVALUATION = 1000

/** When pictures will be there, from what engines have at hand and how fast they were. */
export function createForecast({ engines, turns, speed }: ForecastDeps) {
  /** From now, when each of these pictures is there, in their order, and when each engine has done all that it has of them. */
  const plan = (pictures: readonly Expected[]): { doneMs: number[]; freeMs: number[] } => {
    const atEngines = [...turns.running.values()].filter(({ engine }) => engine)
    const freeMs = [...atEngines.map((turn) => turns.leftMs(turn) ?? 0), ...engines.free().map(engines.wakeMs)]
    if (freeMs.length === 0) freeMs.push(0) // one is just being given back
    const doneMs = pictures.map(({ pictureMs }) => {
      const first = freeMs.indexOf(Math.min(...freeMs))
      freeMs[first] = freeMs[first]! + pictureMs
      return freeMs[first]
    })
    return { doneMs, freeMs }
  }

  return {
    /** What each picture of a job will have of an engine, guessed where nothing was measured. */
    pictureMs({ request }: Job): number {
      const picture = { ...request, count: 1 }
      return speed.expectMs(picture) ?? megapixelEvaluations(picture) * GUESSED_MS_PER_MEGAPIXEL_EVALUATION
    },

    /** Time until the last of these is there, which are drawn in this order; 0 where there are none. Undefined: nothing was measured. */
    leftMs: (pictures: readonly Expected[]): number | undefined =>
      speed.known().length === 0 ? undefined : (plan(pictures).doneMs.at(-1) ?? 0),

    /** Time until all that runs and waits is done. Undefined: nothing was measured. */
    allDoneMs(waiting: readonly Expected[]): number | undefined {
      if (waiting.length > 0 && speed.known().length === 0) return undefined
      return Math.max(...plan(waiting).freeMs, 0)
    },
  }
}
