import type { StepProgress } from '../engine/engine.ts'
import type { View } from './chat.ts'
import type { Job } from './store/jobs.ts'
import type { StoredPicture } from './store/pictures.ts'

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
  | { readonly state: 'cancelled'; readonly by: string }

/** Makes the message of a job. Built by the commands; delivery knows no sentence. */
export type ShowJob = (job: Job, status: JobStatus) => View
