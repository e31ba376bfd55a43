import { type Engine, EngineError, type Picture, type StepProgress } from '../engine/engine.ts'
import type { Clock } from './clock.ts'
import type { Endings } from './endings.ts'
import type { Engines } from './engines.ts'
import type { Events } from './events.ts'
import type { Log } from './log.ts'
import type { Pictures } from './pictures.ts'
import { recipeOf } from './recipe.ts'
import type { Sizes } from './sizes.ts'
import type { Speed } from './speed.ts'
import type { Job } from './store/jobs.ts'
import type { Store } from './store/store.ts'

interface BegunJobsDeps {
  readonly store: Store
  readonly engines: Engines
  readonly sizes: Sizes
  readonly speed: Speed
  readonly pictures: Pictures
  readonly endings: Endings
  readonly events: Events
  readonly clock: Clock
  readonly log: Log
}

/** A job from its first picture to its last: one after another at an engine, and between two of them others may be. */
export interface BegunJob {
  readonly job: Job
  readonly abort: AbortController
  readonly drawn: Picture[]
  /** What those had of engines. */
  drawnMs: number
  /** What their steps had of it, but for the first of each, before which the prompt is read. */
  laterStepsMs: number
  /** Where a picture is being drawn; undefined while others are. */
  engine: Engine | undefined
  /** When the model was there for that picture, by `Clock.elapsed`; undefined while it is being loaded. */
  beganAt: number | undefined
  progress: StepProgress | undefined
  /** Who cancelled it. */
  cancelledBy: string | undefined
}

/**
 * What became of a job that had an engine for a picture. `goes-on`: it has more to come. `not-loaded`: the model could not be
 * loaded for it; nothing is written. `waits-again`: from its first picture on.
 */
interface Taken {
  readonly outcome: 'goes-on' | 'ended' | 'waits-again' | 'not-loaded'
  /** What is the matter with the engine: it crashed, lost its device, or could not load its model. */
  readonly fault: string | undefined
  /** What the picture had of the engine. */
  readonly computedMs: number
}

// A job that was running at so many deaths of the process or the engine is the likely cause of them.
export const MAX_ATTEMPTS = 10
// Pictures being encoded and written while the engine is on with the next job; more would fill the memory.
const MAX_KEEPING = 4

export type BegunJobs = ReturnType<typeof createBegunJobs>

/** Jobs that have begun: from the line to their pictures on disk, or to whatever became of them. */
export function createBegunJobs({
  store,
  engines,
  sizes,
  speed,
  pictures,
  endings,
  events,
  clock,
  log,
}: BegunJobsDeps) {
  const all = new Map<number, BegunJob>()
  const keeping = new Set<Promise<void>>()
  let stopping = false
  let busyMs = 0

  /** What a picture had of its engine so far: not the time in which the model was loaded. */
  const computedMs = ({ beganAt }: BegunJob): number => (beganAt === undefined ? 0 : clock.elapsed() - beganAt)

  /** Time until the model is there for this job; undefined where it is. */
  const wakingMs = ({ beganAt, engine }: BegunJob): number | undefined =>
    engine && beganAt === undefined ? engines.wakeMs(engine) : undefined

  const start = (job: Job): BegunJob => {
    const begun: BegunJob = {
      job,
      abort: new AbortController(),
      drawn: [],
      drawnMs: 0,
      laterStepsMs: 0,
      engine: undefined,
      beganAt: undefined,
      progress: undefined,
      cancelledBy: undefined,
    }
    all.set(job.id, begun)
    return begun
  }

  const tellBegun = (job: Job): void => {
    const now = clock.now()
    store.jobs.start(job.id, now)
    events.emit({ kind: 'started', job: job.id })
    log.info({ job: job.id, waitedMs: now - job.createdAt }, 'job begins')
  }

  /** Writes the pictures while the engine is on with the next job. Until then the row stays `running`. */
  const keep = ({ job, drawn, laterStepsMs }: BegunJob, engine: Engine, tookMs: number): void => {
    const { steps } = job.request
    const kept = pictures
      .keep(job, drawn)
      .then((rows) => {
        speed.learn(job.request, tookMs, steps > 1 ? (laterStepsMs * steps) / (steps - 1) : undefined)
        endings.succeed(job, rows, tookMs, recipeOf(job.request, engine.info!))
        log.info({ job: job.id, tookMs }, 'job succeeded')
      })
      .catch((error: unknown) => {
        log.error({ job: job.id, err: error }, 'a picture could not be written')
        endings.fail(job, (error as NodeJS.ErrnoException).code === 'ENOSPC' ? 'disk-full' : 'failed')
      })
      .finally(() => keeping.delete(kept))
    keeping.add(kept)
  }

  const giveUp = ({ job, beganAt, cancelledBy }: BegunJob, engine: Engine, error: unknown): Taken['outcome'] => {
    const putBack = (blameless: boolean) => (store.jobs.putBack(job.id, blameless) ? 'waits-again' : 'ended')
    const code = error instanceof EngineError ? error.code : 'failed'
    if (cancelledBy !== undefined) {
      endings.cancel(job, cancelledBy)
      return 'ended'
    }
    if (stopping && (code === 'cancelled' || code === 'closed')) return putBack(true)
    if (isBroken(error) && (code === 'crashed' || beganAt !== undefined) && job.attempts + 1 < MAX_ATTEMPTS) {
      log.warn({ job: job.id, err: error }, 'the engine broke down; the job waits again')
      return putBack(false)
    }
    if (beganAt === undefined && code !== 'crashed') {
      log.error({ job: job.id, device: engine.name, err: error }, 'the model could not be loaded')
      return 'not-loaded'
    }
    if (code === 'out-of-memory') sizes.lower(job.request)
    log.error({ job: job.id, err: error }, 'job failed')
    endings.fail(job, code)
    return 'ended'
  }

  return {
    all: all as ReadonlyMap<number, BegunJob>,

    /** At start: what ran when the process ended waits again, and nothing is left of what was written of it. How many. */
    recover(): number {
      for (const job of store.jobs.waiting()) if (job.state === 'running') pictures.discard(job)
      return store.jobs.recover()
    },

    /** The job's next picture, at this engine. Resolves when the engine is free. */
    async take(job: Job, engine: Engine): Promise<Taken> {
      const begun = all.get(job.id) ?? start(job)
      const { seed, count = 1 } = job.request
      const picture = begun.drawn.length
      begun.engine = engine
      begun.beganAt = engine.state === 'idle' ? clock.elapsed() : undefined
      let stepEndedAt = 0
      let fault: string | undefined
      let outcome: Taken['outcome'] = 'goes-on'
      try {
        const drawing = engine.generate(
          { ...job.request, seed: seed + picture, count: 1 },
          {
            signal: begun.abort.signal,
            onBegin() {
              if (begun.beganAt !== undefined) return
              begun.beganAt = clock.elapsed()
              engines.woken(engine)
              events.emit({ kind: 'woken', job: job.id })
            },
            onStep({ step, steps }) {
              if (step > 1) begun.laterStepsMs += clock.elapsed() - stepEndedAt
              stepEndedAt = clock.elapsed()
              begun.progress = { step, steps, picture, count }
              events.emit({ kind: 'step', job: job.id })
            },
          },
        )
        // Written while the engine works: it does not wait for the disk.
        if (picture === 0) tellBegun(job)
        begun.drawn.push(...(await drawing))
        // Too late for the engine to stop; whoever cancelled it was told that it ends.
        if (begun.cancelledBy !== undefined) throw new EngineError('cancelled', 'cancelled after its last step')
        if (begun.drawn.length === count) {
          keep(begun, engine, begun.drawnMs + computedMs(begun))
          outcome = 'ended'
        }
      } catch (error) {
        outcome = giveUp(begun, engine, error)
        if (outcome === 'not-loaded' || isBroken(error)) fault = error instanceof Error ? error.message : String(error)
      }
      const tookMs = computedMs(begun)
      busyMs += tookMs
      begun.drawnMs += tookMs
      begun.engine = undefined
      begun.beganAt = undefined
      if (outcome !== 'goes-on') all.delete(job.id)
      return { outcome, fault, computedMs: tookMs }
    },

    /** Resolves when there is room for another job's pictures. */
    async room(): Promise<void> {
      while (keeping.size > MAX_KEEPING) await Promise.race(keeping)
    },

    /** False: it is not at an engine. */
    cancel(job: number, by: string): boolean {
      const begun = all.get(job)
      if (!begun?.engine) return false
      begun.cancelledBy ??= by
      begun.abort.abort()
      return true
    },
    /** It ended while others were at the engine. */
    forget: (job: number): void => void all.delete(job),

    /** What is left of the picture that is being drawn; undefined before anything was measured. */
    leftMs(begun: BegunJob): number | undefined {
      const pictureMs = speed.expectMs({ ...begun.job.request, count: 1 })
      if (pictureMs === undefined) return undefined
      return begun.engine ? (wakingMs(begun) ?? 0) + Math.max(0, pictureMs - computedMs(begun)) : 0
    },
    wakingMs,

    /** Engine time used since the start, over all engines. */
    busyMs: (): number => [...all.values()].reduce((sum, begun) => sum + computedMs(begun), busyMs),

    /** From now on an aborted job is put back; and now those that others are drawn before. */
    stop(): void {
      stopping = true
      for (const { job, engine } of all.values()) {
        if (!engine && store.jobs.putBack(job.id, true)) all.delete(job.id)
      }
    },
    isStopping: (): boolean => stopping,
    abortAll(): void {
      for (const begun of all.values()) begun.abort.abort()
    },
    /** Resolves when every picture that was drawn is written. */
    async written(): Promise<void> {
      await Promise.all(keeping)
    },
  }
}

/** Its thread died, or its device was lost: other jobs would end like this one. */
function isBroken(error: unknown): boolean {
  return error instanceof EngineError && (error.code === 'crashed' || error.code === 'no-device')
}
