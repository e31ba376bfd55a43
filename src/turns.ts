import { type Engine, EngineError, type EngineInfo, type Picture, type StepProgress } from '../engine/engine.ts'
import type { Clock } from './clock.ts'
import type { Endings } from './endings.ts'
import type { Events } from './events.ts'
import type { Log } from './log.ts'
import type { Pictures } from './pictures.ts'
import { recipeOf } from './recipe.ts'
import type { Speed } from './speed.ts'
import type { Job } from './store/jobs.ts'
import type { Store } from './store/store.ts'

export interface TurnsDeps {
  readonly store: Store
  readonly engine: EngineInfo
  readonly speed: Speed
  readonly pictures: Pictures
  readonly endings: Endings
  readonly events: Events
  readonly clock: Clock
  readonly log: Log
}

/** One job at an engine. */
export interface Turn {
  readonly job: Job
  readonly since: number
  readonly expectedMs: number | undefined
  readonly abort: AbortController
  progress: StepProgress | undefined
  /** Who cancelled it. */
  cancelledBy: string | undefined
}

// A job that was running at so many deaths of the process or the engine is the likely cause of them.
export const MAX_ATTEMPTS = 10
// Pictures being encoded and written while the engine is on with the next job; more would fill the memory.
const MAX_KEEPING = 4

export type Turns = ReturnType<typeof createTurns>

/** Jobs at the engines: from the line to their pictures on disk, or to whatever became of them. */
export function createTurns({ store, engine, speed, pictures, endings, events, clock, log }: TurnsDeps) {
  const running = new Map<number, Turn>()
  const keeping = new Set<Promise<void>>()
  let stopping = false
  let busyMs = 0

  const begun = ({ job, since }: Turn): void => {
    store.jobs.start(job.id, since)
    events.emit({ kind: 'started', job: job.id })
    log.info({ job: job.id, waitedMs: since - job.createdAt }, 'job begins')
  }

  /** Writes the pictures while the engine is on with the next job. Until then the row stays `running`. */
  const keep = ({ job }: Turn, drawn: readonly Picture[], tookMs: number): void => {
    const kept = pictures
      .keep(job, drawn)
      .then((rows) => {
        speed.learn(job.request, tookMs)
        endings.succeed(job, rows, tookMs, recipeOf(job.request, engine))
        log.info({ job: job.id, tookMs }, 'job succeeded')
      })
      .catch((error: unknown) => {
        log.error({ job: job.id, err: error }, 'a picture could not be written')
        endings.fail(job, (error as NodeJS.ErrnoException).code === 'ENOSPC' ? 'disk-full' : 'failed')
      })
      .finally(() => keeping.delete(kept))
    keeping.add(kept)
  }

  /** True: it waits again. */
  const giveUp = ({ job, cancelledBy }: Turn, error: unknown): boolean => {
    const code = error instanceof EngineError ? error.code : 'failed'
    if (cancelledBy !== undefined) {
      endings.cancel(job, cancelledBy)
      return false
    }
    if (stopping && (code === 'cancelled' || code === 'closed')) return store.jobs.putBack(job.id, true)
    if (code === 'crashed' && job.attempts + 1 < MAX_ATTEMPTS) {
      log.warn({ job: job.id, err: error }, 'the engine crashed; the job waits again')
      return store.jobs.putBack(job.id, false)
    }
    log.error({ job: job.id, err: error }, 'job failed')
    endings.fail(job, code)
    return false
  }

  return {
    running: running as ReadonlyMap<number, Turn>,

    /** The job's turn at this engine. Resolves when the engine is free: true where the job waits again. */
    async take(job: Job, worker: Engine): Promise<boolean> {
      const turn: Turn = {
        job,
        since: clock.now(),
        expectedMs: speed.expectMs(job.request),
        abort: new AbortController(),
        progress: undefined,
        cancelledBy: undefined,
      }
      running.set(job.id, turn)
      try {
        const drawing = worker.generate(job.request, {
          signal: turn.abort.signal,
          onStep(progress) {
            turn.progress = progress
            events.emit({ kind: 'step', job: job.id, progress })
          },
        })
        // Written while the engine works: it does not wait for the disk.
        begun(turn)
        keep(turn, await drawing, clock.now() - turn.since)
        return false
      } catch (error) {
        return giveUp(turn, error)
      } finally {
        busyMs += clock.now() - turn.since
        running.delete(job.id)
      }
    },

    /** Resolves when there is room for another job's pictures. */
    async room(): Promise<void> {
      while (keeping.size > MAX_KEEPING) await Promise.race(keeping)
    },

    /** False: it is not at an engine. */
    cancel(job: number, by: string): boolean {
      const turn = running.get(job)
      if (!turn) return false
      turn.cancelledBy ??= by
      turn.abort.abort()
      return true
    },

    /** What is left of a turn; undefined before anything was measured. */
    leftMs({ expectedMs, since }: Turn): number | undefined {
      return expectedMs === undefined ? undefined : Math.max(0, expectedMs - (clock.now() - since))
    },

    /** Engine time used since the start, over all engines. */
    busyMs: (): number => [...running.values()].reduce((sum, { since }) => sum + clock.now() - since, busyMs),

    /** From now on an aborted job is put back. */
    stopping(): void {
      stopping = true
    },
    isStopping: (): boolean => stopping,
    abortAll(): void {
      for (const turn of running.values()) turn.abort.abort()
    },
    /** Resolves when every picture that was drawn is written. */
    async written(): Promise<void> {
      await Promise.all(keeping)
    },
  }
}
