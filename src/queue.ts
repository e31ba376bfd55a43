import PQueue, { type Queue as PQueueClass, type QueueAddOptions } from 'p-queue'
import { type BegunJobs, MAX_ATTEMPTS } from './begun-jobs.ts'
import type { Clock } from './clock.ts'
import type { Endings } from './endings.ts'
import type { Engines } from './engines.ts'
import type { Events } from './events.ts'
import { FairLine, type Waiter } from './fair-line.ts'
import { createForecast } from './forecast.ts'
import { createStatus } from './job-status.ts'
import type { Log } from './log.ts'
import { REMEMBERED_MS, Shares } from './shares.ts'
import type { Sizes } from './sizes.ts'
import type { Speed } from './speed.ts'
import type { Job } from './store/jobs.ts'
import type { Store } from './store/store.ts'

/** `paused`: takes jobs, starts none. `draining`: takes none, finishes those that wait. Remembered over a restart. */
export type QueueMode = 'open' | 'paused' | 'draining'

/** `stopping`: it ends at the engine's next step. `ended`: too late, it had ended or its picture is being written. */
type CancelResult = 'cancelled' | 'stopping' | 'ended'

interface QueueDeps {
  readonly store: Store
  readonly engines: Engines
  readonly sizes: Sizes
  readonly begunJobs: BegunJobs
  readonly speed: Speed
  readonly endings: Endings
  readonly events: Events
  readonly clock: Clock
  readonly log: Log
}

export type Queue = ReturnType<typeof createQueue>

/**
 * Who is next. The database rows are the truth; p-queue schedules what this process holds, in the order of a `FairLine`,
 * one picture an engine: a job stands in the line anew for each of its pictures.
 */
export function createQueue(deps: QueueDeps) {
  const { store, engines, sizes, begunJobs, endings, events, clock, log } = deps
  const shares = new Shares(clock)
  const line = new FairLine<Run>(shares)
  const forecast = createForecast({ ...deps, line })
  const scheduler = new PQueue<LineForPQueue, LineOptions>({
    concurrency: engines.count(),
    autoStart: false,
    queueClass: class extends LineForPQueue {
      constructor() {
        super(line)
      }
    },
  })
  const waiting = new Map<number, AbortController>()
  let mode = (store.switches.get('queue') ?? 'open') as QueueMode
  const status = createStatus({ store, begunJobs, forecast, sizes, isHeld: () => mode === 'paused' })

  const push = (job: Job): void => {
    const leave = new AbortController()
    waiting.set(job.id, leave)
    const waiter = {
      job: job.id,
      person: job.person,
      priority: job.priority,
      weight: job.weight,
      pictures: job.request.count ?? 1,
      pictureMs: forecast.pictureMs(job),
      begun: false,
    }
    scheduler
      .add(() => run(job.id, waiter), { id: String(job.id), signal: leave.signal, waiter })
      .catch((error: unknown) => {
        // Only a broken database: nobody knows what still works, and the next start takes the job up again (leaving.ts).
        if (error !== LEFT) throw error
      })
  }

  /** What p-queue runs when an engine is free. */
  const run = async (id: number, waiter: Waiter): Promise<void> => {
    waiting.delete(id)
    const job = store.jobs.get(id)
    const computedMs = job && waits(job) ? await draw(job) : 0
    // The line charged what it expected, and its person may have become another one since (`join`).
    const { person } = store.jobs.get(id) ?? waiter
    shares.charge(person, computedMs - waiter.pictureMs)
    await begunJobs.room()
  }

  /** For its first picture, or for its next while others are drawn. */
  const waits = ({ id, state }: Job): boolean => state === 'queued' || begunJobs.all.has(id)

  /** A job that waited has ended. */
  const drop = (id: number): void => {
    begunJobs.forget(id)
    line.remove(id)
    waiting.get(id)?.abort(LEFT)
    waiting.delete(id)
  }

  /** Draws the next picture of the job. What that had of an engine. */
  const draw = async (job: Job): Promise<number> => {
    // A picture that was as large was too large while this one waited.
    if (!sizes.fits(job.request)) {
      endings.fail(job, 'out-of-memory')
      drop(job.id)
      return 0
    }
    const engine = engines.take()
    let taken = await begunJobs.take(job, engine)
    let { computedMs } = taken
    // Where nobody begins any more, nobody goes before it either.
    while (taken.outcome === 'goes-on' && (mode === 'paused' || begunJobs.isStopping())) {
      line.goOn(job.id)
      taken = await begunJobs.take(job, engine)
      computedMs += taken.computedMs
    }
    const { outcome, fault } = taken
    const rests = fault !== undefined && engines.rest(engine, fault)
    if (!rests) engines.give(engine)
    scheduler.concurrency = engines.count()
    if (outcome === 'goes-on') push(store.jobs.get(job.id)!)
    else line.remove(job.id)
    const again = outcome === 'waits-again' || (outcome === 'not-loaded' && rests && store.jobs.putBack(job.id, true))
    if (again) push(store.jobs.get(job.id)!)
    if (outcome === 'not-loaded' && !rests) endings.fail(job, 'not-loaded')
    return computedMs
  }

  const setMode = (next: QueueMode): void => {
    mode = next
    store.switches.set('queue', next)
    if (next === 'paused') scheduler.pause()
    else if (!begunJobs.isStopping()) scheduler.start()
    events.emit({ kind: 'line' })
  }

  return {
    /** Takes up what the last process left, in the old order, and begins. */
    start(): void {
      engines.onReturn(() => {
        scheduler.concurrency = engines.count()
      })
      for (const { person, at, ms } of store.jobs.usageSince(clock.now() - REMEMBERED_MS)) shares.charge(person, ms, at)
      const recovered = begunJobs.recover()
      const jobs = store.jobs.waiting()
      for (const job of jobs) {
        if (job.attempts >= MAX_ATTEMPTS) endings.fail(job, 'crashed')
        else if (!sizes.isOfModel(job.request)) endings.fail(job, 'bad-request')
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
      if (begunJobs.cancel(id, by)) {
        events.emit({ kind: 'stopping', job: id })
        return 'stopping'
      }
      const job = store.jobs.get(id)
      if (!job || !waits(job) || !endings.cancel(job, by)) return 'ended'
      drop(id)
      return 'cancelled'
    },

    /** Two people became one (`/link`): they have one share from now on. */
    join(from: number, into: number): void {
      line.join(from, into)
      events.emit({ kind: 'line' })
    },

    status,
    /** Ids of the jobs that wait, the next first. */
    line: () => [...new Set(line.inOrder().map(({ job }) => job))],
    /** Ids of the jobs at the engines. */
    running: () => [...begunJobs.all.values()].flatMap(({ job, engine }) => (engine ? job.id : [])),
    size: () => line.size,
    /** Time until everything that waits now is done; undefined before anything was measured, and while it is paused. */
    totalLeftMs: () => (mode === 'paused' ? undefined : forecast.allDoneMs()),
    /** Engine time used since the start, over all engines, for the busy share. */
    busyMs: begunJobs.busyMs,

    /**
     * Starts no more jobs, gives the running ones until `deadlineMs` from now, and aborts what is not done by then. Resolves
     * when every picture that was drawn is written.
     */
    async stop(deadlineMs: number): Promise<void> {
      begunJobs.stop()
      engines.stop()
      scheduler.pause()
      const deadline = Promise.withResolvers<void>()
      const forget = clock.after(deadlineMs, () => {
        begunJobs.abortAll()
        deadline.resolve()
      })
      await Promise.race([scheduler.onPendingZero(), deadline.promise])
      forget()
      await begunJobs.written()
    },
    /** After `stop`: resolves when what was aborted is put back, which takes as long as a step does, and nothing more is written. */
    async ended(): Promise<void> {
      await scheduler.onPendingZero()
      await begunJobs.written()
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

  // A job whose signal aborts has left the line before (`cancel`).
  remove(): void {}

  // p-queue asks for these in `sizeBy` and `setPriority`, which nobody calls: classes are part of the waiter.
  filter(): Run[] {
    return []
  }

  setPriority(): void {}
}
