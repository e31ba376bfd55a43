import type { StepProgress } from '../engine/engine.ts'
import type { BegunJobs } from './begun-jobs.ts'
import type { View } from './chat.ts'
import type { Forecast } from './forecast.ts'
import type { Sizes } from './sizes.ts'
import type { Job } from './store/jobs.ts'
import type { StoredPicture } from './store/pictures.ts'
import type { Store } from './store/store.ts'

/**
 * How a job stands now: what its message tells beyond the row. Times left are undefined until something was measured, and
 * of what a paused queue holds.
 */
export type JobStatus =
  /** `place` 1 is next. `held`: the queue is paused. */
  | { readonly state: 'queued'; readonly place: number; readonly leftMs: number | undefined; readonly held: boolean }
  | {
      readonly state: 'running'
      readonly progress: StepProgress | undefined
      /** Until the model is loaded, which it was not when the job's turn came; undefined once it is. */
      readonly wakingMs: number | undefined
      /** All together. */
      readonly leftMs: number | undefined
      /** Cancelled, or the process stops: it ends at the next step. */
      readonly stopping: boolean
    }
  /** `shared`: an exact replay, answered from a stored picture. */
  | { readonly state: 'succeeded'; readonly pictures: readonly StoredPicture[]; readonly shared: boolean }
  /** `maxPixels`: the largest picture that would work now, where this one was too large for the memory. */
  | { readonly state: 'failed'; readonly code: string; readonly maxPixels: number | undefined }
  | { readonly state: 'cancelled' }

/** Makes the message of a job, as it stands now unless `status` says otherwise. Built by the commands; delivery knows no sentence. */
export type ShowJob = (job: Job, status?: JobStatus) => View

interface StatusDeps {
  readonly store: Store
  readonly begunJobs: BegunJobs
  readonly forecast: Forecast
  readonly sizes: Sizes
  /** Whether the queue is paused. */
  readonly isHeld: () => boolean
}

/** How a job stands now, by its row, the line and the engines. */
export function createStatus({ store, begunJobs, forecast, sizes, isHeld }: StatusDeps) {
  return (job: Job): JobStatus => {
    const begun = begunJobs.all.get(job.id)
    // It may have begun since the row was read.
    const state = begun && job.state === 'queued' ? 'running' : job.state
    switch (state) {
      case 'queued': {
        const { place, leftMs } = forecast.ofWaiting(job.id)
        const held = isHeld()
        return { state: 'queued', place, leftMs: held ? undefined : leftMs, held }
      }
      case 'running':
        return {
          state: 'running',
          progress: begun ? begun.progress : allSteps(job),
          wakingMs: begun && begunJobs.wakingMs(begun),
          // What waits between two of its pictures is held, too.
          leftMs: begun && (isHeld() && !begun.engine ? undefined : forecast.ofBegun(begun)),
          stopping: begun?.abort.signal.aborted ?? false,
        }
      case 'succeeded':
        return {
          state: 'succeeded',
          pictures: store.pictures.ofJob(job.id),
          shared: job.startedAt === undefined,
        }
      case 'failed':
        return {
          state: 'failed',
          code: job.outcome ?? 'failed',
          maxPixels: job.outcome === 'out-of-memory' && !sizes.fits(job.request) ? sizes.largest() : undefined,
        }
      case 'cancelled':
        return { state: 'cancelled' }
      default:
        return state satisfies never
    }
  }
}

/** Of what has left the engines: its pictures are being written. */
function allSteps({ request: { steps, count = 1 } }: Job): StepProgress {
  return { step: steps, steps, picture: count - 1, count }
}
