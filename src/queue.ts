import PQueue, { type Queue as PQueueClass, type QueueAddOptions } from 'p-queue'
import type { Engine } from '../engine/engine.ts'
import type { Clock } from './clock.ts'
import type { Endings } from './endings.ts'
import type { Events } from './events.ts'
import { FairLine, type Waiter } from './fair-line.ts'
import type { JobStatus } from './job-status.ts'
import type { Log } from './log.ts'
import { REMEMBERED_MS, Shares } from './shares.ts'
import { megapixelEvaluations, type Speed } from './speed.ts'
import type { Job } from './store/jobs.ts'
import type { Store } from './store/store.ts'
import { MAX_ATTEMPTS, type Turns } from './turns.ts'

/** `paused`: takes jobs, starts none. `draining`: takes none, finishes those that wait. Remembered over a restart. */
export type QueueMode = 'open' | 'paused' | 'draining'

/** `stopping`: it ends at the engine's next step. `ended`: too late, it had ended or its picture is being written. */
export type CancelResult = 'cancelled' | 'stopping' | 'ended'

export interface QueueDeps {
  readonly store: Store
  /** One slot each. All have the same model. */
  readonly engines: readonly Engine[]
  readonly turns: Turns
  readonly speed: Speed
  readonly endings: Endings
  readonly events: Events
  readonly clock: Clock
  readonly log: Log
}

// Before anything was measured; only the ratio between people matters then.
const GUESSED_MS_PER_MEGAPIXEL_EVALUATION = 1000

export type Queue = ReturnType<typeof createQueue>

/**
 * Who is next. The database rows are the truth; p-queue schedules what this process holds, in the order of a `FairLine`,
 * one job an engine.
 */
export function createQueue(deps: QueueDeps) {
  const { store, engines, turns, speed, endings, events, clock, log } = deps
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
  let mode = (store.switches.get('queue') ?? 'open') as QueueMode

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

  /** What p-queue runs when an engine is free. */
  const run = async (id: number, waiter: Waiter): Promise<void> => {
    waiting.delete(id)
    const from = clock.now()
    const job = store.jobs.get(id)
    if (job?.state === 'queued') {
      const worker = idle.pop()!
      const again = await turns.take(job, worker)
      idle.push(worker)
      if (again && !turns.isStopping()) push(store.jobs.get(id)!)
    }
    // The line charged what it expected.
    shares.charge(waiter.person, clock.now() - from - waiter.expectedMs)
    await turns.room()
  }

  const atWorkMs = () => [...turns.running.values()].reduce((sum, turn) => sum + (turns.leftMs(turn) ?? 0), 0)

  /** Time until this job's picture: those before it, spread over the engines, and its own. */
  const leftOfWaiting = (job: Job, ahead: readonly Waiter[]): number | undefined => {
    const own = expectMs(job)
    if (own === undefined) return undefined
    const aheadMs = ahead.reduce((sum, { expectedMs }) => sum + expectedMs, 0)
    return own + (atWorkMs() + aheadMs) / engines.length
  }

  const setMode = (next: QueueMode): void => {
    mode = next
    store.switches.set('queue', next)
    if (next === 'paused') scheduler.pause()
    else if (!turns.isStopping()) scheduler.start()
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
      if (turns.cancel(id, by)) {
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
          const turn = turns.running.get(job.id)
          return {
            state: 'running',
            progress: turn?.progress,
            leftMs: turn && turns.leftMs(turn),
            stopping: turn?.abort.signal.aborted ?? false,
          }
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
    running: () => [...turns.running.keys()],
    size: () => line.size,
    /** Time until everything that waits now is done; undefined before anything was measured. */
    totalLeftMs(): number | undefined {
      if (line.size > 0 && speed.known().length === 0) return undefined
      return (atWorkMs() + line.expectedMs()) / engines.length
    },
    /** Engine time used since the start, over all engines, for the busy share. */
    busyMs: turns.busyMs,

    /**
     * Starts no more jobs, gives the running ones until `deadlineMs` from now, puts back what is not done by then, and
     * resolves when every picture that was drawn is written.
     */
    async stop(deadlineMs: number): Promise<void> {
      turns.stopping()
      scheduler.pause()
      const forget = clock.after(deadlineMs, turns.abortAll)
      await scheduler.onPendingZero()
      forget()
      await turns.written()
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
