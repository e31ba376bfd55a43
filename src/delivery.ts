import { type Chat, ChatError, type MessageRef } from './chat.ts'
import type { Clock } from './clock.ts'
import type { Events } from './events.ts'
import type { JobStatus, ShowJob } from './job-status.ts'
import type { Log } from './log.ts'
import type { Quota } from './quota.ts'
import type { Job } from './store/jobs.ts'
import type { Store } from './store/store.ts'

export interface DeliveryDeps {
  readonly store: Store
  readonly quota: Quota
  readonly chats: readonly Chat[]
  readonly events: Events
  readonly clock: Clock
  readonly log: Log
  readonly showJob: ShowJob
  readonly status: (job: Job) => JobStatus
  /** Ids of the first `count` waiting jobs, the next first. */
  readonly line: (count: number) => readonly number[]
}

/** The message of one job, as far as this process is concerned with it. */
interface Lane {
  readonly job: number
  /** A command is still answering: its message is not known yet. */
  held: boolean
  /** Something changed since the last view was made. */
  stale: boolean
  busy: boolean
  /** The message can't be changed any more: nothing but the end is told. */
  gone: boolean
  lastAt: number
  forgetTimer: () => void
}

// How many messages at the front of the line show their place anew when the line moves: the others come there too.
const SHOWN_PLACES = 10
// An answer that takes longer than this is not coming: Discord's own limit for it is 15 minutes.
const HELD_MS = 15 * 60_000
// After a restart a job without a message may still get one: platforms repeat the event whose answer was cut off.
const REPEAT_MS = 10_000
// Requests under way to one platform at a time. A thousand results after an outage must not go out at once.
const MAX_UNDER_WAY = 8
const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 5 * 60_000
// Chats that took nothing for two days will not take it on the third: the credits go back.
const GIVE_UP_MS = 48 * 3_600_000

export type Delivery = ReturnType<typeof createDelivery>

/**
 * Job events to messages. Progress is told by the newest view: at most one update is under way a message, what changed
 * meanwhile is told together, no faster than the chat's pace. The end of a job comes from the outbox (store/posts.ts),
 * survives restarts, is tried again with growing pauses, and closes the job's credits: settled when it was told,
 * refunded when nobody could be told.
 */
export function createDelivery(deps: DeliveryDeps) {
  const { store, quota, events, clock, log, showJob, status } = deps
  const chats = new Map(deps.chats.map((chat) => [chat.platform, chat]))
  const lanes = new Map<number, Lane>()
  const underWay = new Map<string, number>()
  const idleListeners = new Set<() => void>()
  let queued: Lane[] = []
  let lineMoved: (() => void) | undefined
  let started = false
  let stopped = false

  const laneOf = (job: number): Lane => {
    let lane = lanes.get(job)
    if (!lane) {
      lane = { job, held: false, stale: false, busy: false, gone: false, lastAt: 0, forgetTimer: () => {} }
      lanes.set(job, lane)
    }
    return lane
  }

  const wake = (lane: Lane, inMs: number): void => {
    lane.forgetTimer()
    lane.forgetTimer = clock.after(inMs, () => advance(lane))
  }

  /** Starts what the lane has to say, now or at its time. */
  const advance = (lane: Lane): void => {
    if (!started || stopped || lane.busy || lane.held || !lane.stale) return
    const job = store.jobs.get(lane.job)
    const chat = job && chats.get(job.address.platform)
    // A platform that is not configured now may be at the next start: its posts stay in the outbox.
    if (!job || !chat) return
    const ended = job.finishedAt !== undefined
    if (!ended && (!job.message || lane.gone)) return
    const post = ended ? store.posts.get(job.id) : undefined
    const dueAt = post ? post.dueAt : lane.lastAt + chat.paceMs(job.address)
    if (dueAt > clock.now()) {
      wake(lane, dueAt - clock.now())
      return
    }
    const busy = underWay.get(chat.platform) ?? 0
    if (busy >= MAX_UNDER_WAY) {
      if (!queued.includes(lane)) queued.push(lane)
      return
    }
    underWay.set(chat.platform, busy + 1)
    lane.busy = true
    lane.stale = false
    void (ended ? tellEnd(lane, job, chat) : tellProgress(lane, job, chat))
      .catch((error: unknown) => log.error({ job: job.id, err: error }, 'delivery failed in a way it should not'))
      .finally(() => {
        lane.busy = false
        lane.lastAt = clock.now()
        underWay.set(chat.platform, underWay.get(chat.platform)! - 1)
        const next = queued
        queued = []
        for (const other of [lane, ...next]) advance(other)
        for (const listener of idleListeners) listener()
      })
  }

  const tellProgress = async (lane: Lane, job: Job, chat: Chat): Promise<void> => {
    try {
      await chat.update(job.message!, showJob(job, status(job)))
    } catch (error) {
      // The next view tells more than this one did; only a message that is gone stays silent until the end.
      if (codeOf(error) === 'gone') lane.gone = true
      log.debug({ job: job.id, err: error }, 'a progress update was not taken')
    }
  }

  const tellEnd = async (lane: Lane, job: Job, chat: Chat): Promise<void> => {
    const post = store.posts.get(job.id)
    // Closed already: the message shows the end, and is only brought up to date (a star, a deletion).
    if (post?.state !== 'waiting') return tellProgress(lane, job, chat)
    const view = showJob(job, status(job))
    try {
      if (job.message && (await changed(chat, job.message, view))) return closed(lane, job, 'posted')
      store.posts.sending(job.id)
      const message = await chat.post(job.address, view, keyOf(job))
      store.transaction(() => {
        store.jobs.setMessage(job.id, message)
        closed(lane, job, 'posted')
      })
    } catch (error) {
      failed(lane, job, error)
    }
  }

  /** False: that message is gone, a new one is needed. */
  const changed = async (chat: Chat, message: MessageRef, view: ReturnType<ShowJob>): Promise<boolean> => {
    try {
      await chat.update(message, view)
      return true
    } catch (error) {
      if (codeOf(error) === 'gone') return false
      throw error
    }
  }

  const closed = (lane: Lane, job: Job, state: 'posted' | 'doubtful' | 'undeliverable', error?: string): void => {
    store.transaction(() => {
      if (!store.posts.close(job.id, state, clock.now(), error)) return
      if (state === 'undeliverable') quota.refund(job.id, 'undeliverable')
      else quota.settle(job.id)
    })
    if (!lane.stale) lanes.delete(lane.job)
    log.info({ job: job.id, state, error }, 'job told')
    events.emit({ kind: 'told', job: job.id })
  }

  const failed = (lane: Lane, job: Job, error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error)
    const post = store.posts.get(job.id)!
    const code = codeOf(error)
    const now = clock.now()
    // A lost answer to a change is no doubt: the same change again does no harm.
    if (code === 'doubtful' && post.state === 'sending') {
      closed(lane, job, 'doubtful', message)
      return
    }
    if (code === 'gone' || code === 'refused' || now - post.createdAt > GIVE_UP_MS) {
      closed(lane, job, 'undeliverable', message)
      return
    }
    const asked = error instanceof ChatError ? (error.retryAfterMs ?? 0) : 0
    const pauseMs = Math.max(asked, Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(post.attempts, 20)))
    store.posts.retry(job.id, now + pauseMs, message)
    log.warn({ job: job.id, err: error, pauseMs }, 'delivery is tried again')
    lane.stale = true
  }

  const refresh = (job: number): void => {
    const lane = laneOf(job)
    lane.stale = true
    advance(lane)
  }

  /** Tells nothing of the job until its message is known, or `ms` have passed. */
  const hold = (job: number, ms: number): void => {
    const lane = laneOf(job)
    lane.held = true
    lane.forgetTimer = clock.after(ms, () => attach(job, undefined))
  }

  const attach = (job: number, message: MessageRef | undefined): void => {
    const lane = laneOf(job)
    lane.forgetTimer()
    lane.held = false
    // The first message stays the job's: an event that is repeated gets an answer, not the pictures again.
    if (message && !store.jobs.get(job)?.message) {
      store.jobs.setMessage(job, message)
      lane.gone = false
      lane.lastAt = clock.now()
    }
    refresh(job)
  }

  /** After the engine has begun with what moved it. */
  const refreshLine = (): void => {
    lineMoved ??= clock.after(0, () => {
      lineMoved = undefined
      for (const job of deps.line(SHOWN_PLACES)) refresh(job)
    })
  }

  const unsubscribe = events.on((event) => {
    switch (event.kind) {
      case 'queued':
        hold(event.job, HELD_MS)
        break
      case 'step':
        refresh(event.job)
        break
      case 'started':
      case 'ended':
        refresh(event.job)
        refreshLine()
        break
      case 'line':
        refreshLine()
        break
      case 'told':
        break
      default:
        event satisfies never
    }
  })

  return {
    /**
     * The message that shows the job: what `respond` gave, undefined where it gave none or failed. To be called after
     * each `accept`, or nothing is told of the job for a while: until then its message is not known.
     */
    attach,
    /** Shows the job's message anew: its row changed otherwise than by an event. */
    refresh,
    /** Takes up the outbox. Posts that were under way when the last process ended are sent once more, and marked. */
    start(): void {
      started = true
      const repeated = store.posts.recover()
      const open = store.posts.open()
      log.info({ open: open.length, repeated }, 'delivery begins')
      for (const { job } of open) {
        if (!store.jobs.get(job)?.message) hold(job, REPEAT_MS)
        refresh(job)
      }
    },
    /** Resolves when nothing can be told at once any more, or after `deadlineMs`. Then nothing more is sent. */
    async stop(deadlineMs: number): Promise<void> {
      const busy = () => [...lanes.values()].some((lane) => lane.busy) || queued.length > 0
      await new Promise<void>((resolve) => {
        const finish = () => {
          forget()
          idleListeners.delete(check)
          resolve()
        }
        const check = () => void (busy() || finish())
        const forget = clock.after(deadlineMs, finish)
        idleListeners.add(check)
        check()
      })
      stopped = true
      unsubscribe()
      lineMoved?.()
      for (const lane of lanes.values()) lane.forgetTimer()
    },
  }
}

/** Names the post of a job's end: where a platform can tell, the same key twice is the same message. */
export function keyOf(job: Pick<Job, 'id'>): string {
  return `job-${job.id}`
}

function codeOf(error: unknown): ChatError['code'] {
  return error instanceof ChatError ? error.code : 'later'
}
