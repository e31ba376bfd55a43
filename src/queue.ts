import PQueue, { type Queue as PQueueClass, type QueueAddOptions } from 'p-queue'
import { type Engine, EngineError, type EngineInfo, type Picture, type StepProgress } from '../engine/engine.ts'
import type { Clock } from './clock.ts'
import type { Endings } from './endings.ts'
import type { Events } from './events.ts'
import { FairLine, type Waiter } from './fair-line.ts'
import type { JobStatus } from './job-status.ts'
import type { Log } from './log.ts'
import type { Pictures } from './pictures.ts'
import { recipeOf } from './recipe.ts'
import { REMEMBERED_MS, Shares } from './shares.ts'
import { megapixelEvaluations, type Speed } from './speed.ts'
import type { Job } from './store/jobs.ts'
import type { Store } from './store/store.ts'

/** `paused`: takes jobs, starts none. `draining`: takes none, finishes those that wait. Remembered over a restart. */
export type QueueMode = 'open' | 'paused' | 'draining'

/** `stopping`: it ends at the engine's next step. `ended`: too late, it had ended or its picture is being written. */
export type CancelResult = 'cancelled' | 'stopping' | 'ended'

export interface QueueDeps {
  readonly store: Store
  /** One slot each. All have the same model. */
  readonly engines: readonly Engine[]
  readonly engine: EngineInfo
  readonly speed: Speed
  readonly pictures: Pictures
  readonly endings: Endings
  readonly events: Events
  readonly clock: Clock
  readonly log: Log
}

interface Running {
  readonly job: Job
  readonly since: number
  readonly expectedMs: number | undefined
  readonly abort: AbortController
  progress: StepProgress | undefined
  /** Who cancelled it. */
  cancelledBy: string | undefined
}

// A job that was running at so many deaths of the process or the engine is the likely cause of them.
const MAX_ATTEMPTS = 10
// Pictures being encoded and written while the engine is on with the next job; more would fill the memory.
const MAX_KEEPING = 4
// Before anything was measured; only the ratio between people matters then.
const GUESSED_MS_PER_MEGAPIXEL_EVALUATION = 1000

export type Queue = ReturnType<typeof createQueue>

/**
 * Who is next. The database rows are the truth; p-queue schedules what this process holds, in the order of a `FairLine`,
 * one job an engine.
 */
export function createQueue(deps: QueueDeps) {
  const { store, engines, engine, speed, pictures, endings, events, clock, log } = deps
  const shares = new Shares(clock)
  const line = new FairLine<Run>(shares)
  const scheduler = new PQueue<LineForPQueue, LineOptions>({
    concurrency: engines.length,
    autoStart: false,
    queueClass: class extends LineForPQueue {
      constructor() {
        super(line)
      }
    },
  })
  const idle = [...engines]
  const waiting = new Map<number, AbortController>()
  const running = new Map<number, Running>()
  const keeping = new Set<Promise<void>>()
  let mode = (store.switches.get('queue') ?? 'open') as QueueMode
  let stopping = false
  let busyMs = 0

  const expectMs = (job: Job) => speed.expectMs(job.request)

  const push = (job: Job): void => {
    const leave = new AbortController()
    waiting.set(job.id, leave)
    const waiter = {
      job: job.id,
      person: job.person,
      priority: job.priority,
      weight: job.weight,
      expectedMs: expectMs(job) ?? megapixelEvaluations(job.request) * GUESSED_MS_PER_MEGAPIXEL_EVALUATION,
    }
    scheduler
      .add(() => run(job.id, waiter), { id: String(job.id), signal: leave.signal, waiter })
      .catch((error: unknown) => {
        if (error !== LEFT) log.error({ job: job.id, err: error }, 'a job was lost by the queue')
      })
  }

  /** One turn of an engine. Never rejects but for a broken database. */
  const run = async (id: number, waiter: Waiter): Promise<void> => {
    waiting.delete(id)
    const job = store.jobs.get(id)
    if (job?.state !== 'queued') return shares.charge(waiter.person, -waiter.expectedMs)
    const turn: Running = {
      job,
      since: clock.now(),
      expectedMs: expectMs(job),
      abort: new AbortController(),
      progress: undefined,
      cancelledBy: undefined,
    }
    const worker = idle.pop()!
    running.set(id, turn)
    try {
      const drawing = worker.generate(job.request, {
        signal: turn.abort.signal,
        onStep(progress) {
          turn.progress = progress
          events.emit({ kind: 'step', job: id, progress })
        },
      })
      // Written while the engine works: it does not wait for the disk.
      begun(turn)
      keep(turn, await drawing, clock.now() - turn.since)
    } catch (error) {
      giveUp(turn, error)
    } finally {
      const tookMs = clock.now() - turn.since
      busyMs += tookMs
      shares.charge(waiter.person, tookMs - waiter.expectedMs)
      running.delete(id)
      idle.push(worker)
    }
    if (keeping.size > MAX_KEEPING) await Promise.race(keeping)
  }

  const begun = ({ job, since }: Running): void => {
    store.jobs.start(job.id, since)
    events.emit({ kind: 'started', job: job.id })
    log.info({ job: job.id, waitedMs: since - job.createdAt }, 'job begins')
  }

  /** Writes the pictures while the engine is on with the next job. Until then the row stays `running`. */
  const keep = ({ job }: Running, drawn: readonly Picture[], tookMs: number): void => {
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

  const giveUp = (turn: Running, error: unknown): void => {
    const { job } = turn
    const code = error instanceof EngineError ? error.code : 'failed'
    if (turn.cancelledBy !== undefined) {
      endings.cancel(job, turn.cancelledBy)
    } else if (stopping && (code === 'cancelled' || code === 'closed')) {
      store.jobs.putBack(job.id, true)
    } else if (code === 'crashed' && job.attempts + 1 < MAX_ATTEMPTS) {
      log.warn({ job: job.id, err: error }, 'the engine crashed; the job waits again')
      store.jobs.putBack(job.id, false)
      push(store.jobs.get(job.id)!)
    } else {
      log.error({ job: job.id, err: error }, 'job failed')
      endings.fail(job, code)
    }
  }

  const leftOf = (turn: Running): number | undefined => {
    if (turn.expectedMs === undefined) return undefined
    return Math.max(0, turn.expectedMs - (clock.now() - turn.since))
  }

  /** Time until this job's picture: those before it, spread over the engines, and its own. */
  const leftOfWaiting = (job: Job, ahead: readonly Waiter[]): number | undefined => {
    const own = expectMs(job)
    if (own === undefined) return undefined
    const before = [...running.values()]
      .map((turn) => leftOf(turn) ?? 0)
      .concat(ahead.map(({ expectedMs }) => expectedMs))
    return own + before.reduce((sum, ms) => sum + ms, 0) / engines.length
  }

  const setMode = (next: QueueMode): void => {
    mode = next
    store.switches.set('queue', next)
    if (next === 'paused') scheduler.pause()
    else if (!stopping) scheduler.start()
    events.emit({ kind: 'line' })
  }

  return {
    /** Takes up what the last process left, in the old order, and begins. */
    start(): void {
      for (const { person, at, ms } of store.jobs.usageSince(clock.now() - REMEMBERED_MS)) shares.charge(person, ms, at)
      const recovered = store.jobs.recover()
      const jobs = store.jobs.waiting()
      for (const job of jobs) {
        if (job.attempts >= MAX_ATTEMPTS) endings.fail(job, 'crashed')
        else push(job)
      }
      log.info({ waiting: jobs.length, recovered, mode }, 'the queue begins')
      if (mode !== 'paused') scheduler.start()
    },
    /** A job that was accepted just now (intake.ts). */
    push,
    mode: () => mode,
    pause: () => setMode('paused'),
    resume: () => setMode('open'),
    drain: () => setMode('draining'),

    /** `by` is `platform:account`. Who may cancel what is the caller's matter. */
    cancel(id: number, by: string): CancelResult {
      const turn = running.get(id)
      if (turn) {
        turn.cancelledBy ??= by
        turn.abort.abort()
        events.emit({ kind: 'line' })
        return 'stopping'
      }
      const job = store.jobs.get(id)
      if (job?.state !== 'queued' || !endings.cancel(job, by)) return 'ended'
      waiting.get(id)?.abort(LEFT)
      waiting.delete(id)
      return 'cancelled'
    },

    status(job: Job): JobStatus {
      switch (job.state) {
        case 'queued': {
          const ahead = line.ahead(job.id) ?? []
          const leftMs = leftOfWaiting(job, ahead)
          return { state: 'queued', place: ahead.length + 1, leftMs, held: mode === 'paused' }
        }
        case 'running': {
          const turn = running.get(job.id)
          const stops = turn?.cancelledBy !== undefined || stopping
          return { state: 'running', progress: turn?.progress, leftMs: turn && leftOf(turn), stopping: stops }
        }
        case 'succeeded':
          return {
            state: 'succeeded',
            pictures: store.pictures.ofJob(job.id),
            shared: job.startedAt === undefined,
          }
        case 'failed':
          return { state: 'failed', code: job.outcome ?? 'failed' }
        case 'cancelled':
          return { state: 'cancelled', by: job.outcome ?? '' }
        default:
          return job.state satisfies never
      }
    },

    /** Ids of the first `count` jobs that wait, the next first. */
    line: (count = line.size) => line.first(count).map(({ job }) => job),
    /** Ids of the jobs at the engines. */
    running: () => [...running.keys()],
    size: () => line.size,
    /** Time until everything that waits now is done; undefined before anything was measured. */
    totalLeftMs(): number | undefined {
      if (line.size > 0 && speed.known().length === 0) return undefined
      const atWork = [...running.values()].reduce((sum, turn) => sum + (leftOf(turn) ?? 0), 0)
      return (atWork + line.expectedMs()) / engines.length
    },
    /** Engine time used since the start, over all engines, for the busy share. */
    busyMs: () => [...running.values()].reduce((sum, turn) => sum + clock.now() - turn.since, busyMs),

    /**
     * Starts no more jobs, gives the running ones until `deadlineMs` from now, puts back what is not done by then, and
     * resolves when every picture that was drawn is written.
     */
    async stop(deadlineMs: number): Promise<void> {
      stopping = true
      scheduler.pause()
      const abortAll = () => {
        for (const turn of running.values()) turn.abort.abort()
      }
      const forget = clock.after(deadlineMs, abortAll)
      await scheduler.onPendingZero()
      forget()
      await Promise.all(keeping)
    },
  }
}

type Run = () => Promise<unknown>

interface LineOptions extends QueueAddOptions {
  readonly waiter: Waiter
}

// The reason with which a cancelled job leaves the line.
const LEFT = new Error('left the line')

/** What p-queue asks of a queue class, over a line that outlives it. */
class LineForPQueue implements PQueueClass<Run, LineOptions> {
  readonly #line: FairLine<Run>

  constructor(line: FairLine<Run>) {
    this.#line = line
  }

  get size(): number {
    return this.#line.size
  }

  enqueue(run: Run, options?: Partial<LineOptions>): void {
    this.#line.add(run, options!.waiter!)
  }

  dequeue(): Run | undefined {
    return this.#line.take()
  }

  // p-queue's type says an id; when a waiting job's signal aborts it hands over the function.
  remove(run: Run | string): void {
    if (typeof run === 'function') this.#line.remove(run)
  }

  // p-queue asks for these in `sizeBy` and `setPriority`, which nobody calls: classes are part of the waiter.
  filter(): Run[] {
    return []
  }

  setPriority(): void {}
}
