import type { BegunJob, BegunJobs } from './begun-jobs.ts'
import type { Engines } from './engines.ts'
import type { FairLine, Waiter } from './fair-line.ts'
import type { Speed } from './speed.ts'
import type { Job } from './store/jobs.ts'
import { megapixelEvaluations } from './work.ts'

interface ForecastDeps {
  readonly engines: Engines
  readonly begunJobs: BegunJobs
  readonly speed: Speed
  readonly line: Pick<FairLine<unknown>, 'inOrder'>
}

// Before anything was measured; only the ratio between people matters then.
const GUESSED_MS_PER_MEGAPIXEL_EVALUATION = 1000

export type Forecast = ReturnType<typeof createForecast>

/** When pictures will be there, from what engines have at hand and how fast they were. */
export function createForecast({ engines, begunJobs, speed, line }: ForecastDeps) {
  /** Time until the picture that is being drawn is there, by its job. */
  const drawingMs = (): Map<number, number> => {
    const atEngines = [...begunJobs.all.values()].filter(({ engine }) => engine)
    return new Map(atEngines.map((begun) => [begun.job.id, begunJobs.leftMs(begun) ?? 0]))
  }

  /** Time until each of these pictures is there, in their order. Those of one job come one after another. */
  const waitingMs = (pictures: readonly Waiter[]): number[] => {
    const doneMs = drawingMs()
    const freeMs = [...doneMs.values(), ...engines.free().map(engines.wakeMs)]
    if (freeMs.length === 0) freeMs.push(0) // one is just being given back
    return pictures.map(({ job, pictureMs }) => {
      const beginMs = Math.max(Math.min(...freeMs), doneMs.get(job) ?? 0)
      // Of the engines that are free by then the one that is so last: the others can take something else before.
      const engine = freeMs.indexOf(Math.max(...freeMs.filter((ms) => ms <= beginMs)))
      freeMs[engine] = beginMs + pictureMs
      doneMs.set(job, freeMs[engine])
      return freeMs[engine]
    })
  }

  /** What is drawn until a job has all its pictures, its own included; nothing where it waits for none. */
  const untilDone = (job: number): readonly Waiter[] => {
    const order = line.inOrder()
    return order.slice(0, order.findLastIndex((waiter) => waiter.job === job) + 1)
  }

  /** Time until the last of these is there; 0 where there are none. Undefined: nothing was measured. */
  const leftMs = (pictures: readonly Waiter[]): number | undefined =>
    speed.known().length === 0 ? undefined : (waitingMs(pictures).at(-1) ?? 0)

  return {
    /** What each picture of a job will have of an engine, guessed where nothing was measured. */
    pictureMs({ request }: Job): number {
      const picture = { ...request, count: 1 }
      return speed.expectMs(picture) ?? megapixelEvaluations(picture) * GUESSED_MS_PER_MEGAPIXEL_EVALUATION
    },

    /** Of a job in line: its place, 1 where it begins next, and the time until it has all its pictures. Undefined: nothing was measured. */
    ofWaiting(job: number): { place: number; leftMs: number | undefined } {
      const until = untilDone(job)
      const before = until.slice(
        0,
        until.findIndex((waiter) => waiter.job === job),
      )
      return { place: before.filter(({ begun }) => !begun).length + 1, leftMs: leftMs(until) }
    },

    /** Time until a job that has begun has all its pictures. Undefined: nothing was measured. */
    ofBegun(begun: BegunJob): number | undefined {
      const own = begunJobs.leftMs(begun)
      return own === undefined ? undefined : Math.max(own, leftMs(untilDone(begun.job.id)) ?? 0)
    },

    /** Time until all that runs and waits is done. Undefined: nothing was measured. */
    allDoneMs(): number | undefined {
      if (speed.known().length === 0) return undefined
      return [...drawingMs().values(), ...waitingMs(line.inOrder())].reduce((most, ms) => Math.max(most, ms), 0)
    },
  }
}
