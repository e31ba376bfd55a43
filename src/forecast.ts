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

/** What is known of a job that waits. */
interface Expected {
  readonly expectedMs: number
}

// Before anything was measured; only the ratio between people matters then.
const GUESSED_MS_PER_MEGAPIXEL_EVALUATION = 1000

/** When pictures will be there, from what engines have at hand and how fast they were. */
export function createForecast({ engines, turns, speed }: ForecastDeps) {
  /** From now, when each engine is free for these jobs and has done them, in their order. */
  const freeIn = (jobs: readonly Expected[]): number[] => {
    const slots = [
      ...[...turns.running.values()].map((turn) => turns.leftMs(turn) ?? 0),
      ...engines.free().map(engines.wakeMs),
    ]
    if (slots.length === 0) slots.push(0) // one is just being given back
    for (const { expectedMs } of jobs) {
      const first = slots.indexOf(Math.min(...slots))
      slots[first] = slots[first]! + expectedMs
    }
    return slots
  }

  return {
    /** What a job will have of an engine, guessed where nothing was measured. */
    expectedMs: ({ request }: Job): number =>
      speed.expectMs(request) ?? megapixelEvaluations(request) * GUESSED_MS_PER_MEGAPIXEL_EVALUATION,

    /** Time until this job's picture: until the first engine has done those ahead of it, and its own. Undefined: nothing was measured. */
    leftMs({ request }: Job, ahead: readonly Expected[]): number | undefined {
      const own = speed.expectMs(request)
      return own === undefined ? undefined : own + Math.min(...freeIn(ahead))
    },

    /** Time until all that runs and waits is done. Undefined: nothing was measured. */
    allDoneMs(waiting: readonly Expected[]): number | undefined {
      if (waiting.length > 0 && speed.known().length === 0) return undefined
      return Math.max(...freeIn(waiting), 0)
    },
  }
}
