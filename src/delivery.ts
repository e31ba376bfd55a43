import type { Chat, MessageRef } from './chat.ts'
import type { Clock } from './clock.ts'
import type { Events, JobEvent } from './events.ts'
import type { Log } from './log.ts'
import type { Job } from './store/jobs.ts'
import type { Store } from './store/store.ts'
import type { Telling } from './telling.ts'

interface DeliveryDeps {
  readonly store: Store
  readonly chats: readonly Chat[]
  readonly telling: Telling
  readonly events: Events
  readonly clock: Clock
  readonly log: Log
  /** Ids of the waiting jobs, the next first. */
  readonly line: () => readonly number[]
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
  /** The database did not take what became of the job's end: when that is tried again. */
  restsUntil: number
  forgetTimer: () => void
}

/** A platform, and who uses it now. */
interface Road {
  readonly chat: Chat
  underWay: number
  readonly waiting: Set<Lane>
}

// How many messages at the front of the line show their place anew when the line moves: the others come there too.
const SHOWN_PLACES = 10
// An answer that takes longer than this is not coming: Discord's own limit for it is 15 minutes.
const HELD_MS = 15 * 60_000
// After a restart a job without a message may still get one: platforms repeat the event whose answer was cut off.
const REPEAT_MS = 10_000
// A database that failed, be it that the disk is full, is left alone for a while.
const REST_MS = 10_000
// No chat asks for longer pauses; what lies further off was written before the clock was set back.
const LONGEST_WAIT_MS = 60 * 60_000
// Requests under way to one platform at a time. A thousand results after an outage must not go out at once.
const MAX_UNDER_WAY = 8

export type Delivery = ReturnType<typeof createDelivery>

/**
 * Job events to messages. Progress is told by the newest view: at most one update is under way a message, what changed
 * meanwhile is told together, no faster than the chat's pace. The end of a job is told at once and until it is known to
 * have arrived, also after a restart (telling.ts, store/posts.ts).
 */
export function createDelivery({ store, chats, telling, events, clock, log, line }: DeliveryDeps) {
  const roads = new Map<string, Road>(chats.map((chat) => [chat.platform, { chat, underWay: 0, waiting: new Set() }]))
  const lanes = new Map<number, Lane>()
  const idleListeners = new Set<() => void>()
  let lineMoved: (() => void) | undefined
  let started = false
  let stopped = false

  const laneOf = (job: number): Lane => {
    let lane = lanes.get(job)
    if (!lane) {
      lane = {
        job,
        held: false,
        stale: false,
        busy: false,
        gone: false,
        lastAt: 0,
        restsUntil: 0,
        forgetTimer: () => {},
      }
      lanes.set(job, lane)
    }
    return lane
  }

  /** Starts what the lane has to say: now, at its time, or when the road is free. `hasWaited` is due, wherever the clock was set meanwhile. */
  const advance = (lane: Lane, hasWaited = false): void => {
    if (!started || stopped || lane.busy || lane.held || !lane.stale) return
    const job = store.jobs.get(lane.job)
    const road = job && roads.get(job.address.platform)
    // A platform that is not configured now may be at the next start: its posts stay in the outbox.
    if (!job || !road) return
    const post = store.posts.get(job.id)
    // `sending`, and nothing is under way: what became of it is not written yet.
    const isOpen = post?.state === 'waiting' || post?.state === 'sending'
    if (!isOpen && (!job.message || lane.gone)) return
    const now = clock.now()
    lane.lastAt = Math.min(lane.lastAt, now)
    const dueAt = isOpen ? Math.max(post.dueAt, lane.restsUntil) : lane.lastAt + road.chat.paceMs(job.address)
    const waitMs = Math.min(dueAt - now, LONGEST_WAIT_MS)
    lane.forgetTimer()
    if (waitMs > 0 && !hasWaited) {
      lane.forgetTimer = clock.after(waitMs, () => advance(lane, true))
    } else if (road.underWay >= MAX_UNDER_WAY) {
      road.waiting.add(lane)
    } else {
      void tell(lane, road, job, isOpen)
    }
  }

  const tell = async (lane: Lane, road: Road, job: Job, isEnd: boolean): Promise<void> => {
    road.underWay++
    lane.busy = true
    lane.stale = false
    try {
      if (isEnd) {
        await telling.end(job, road.chat)
        lane.stale ||= store.posts.get(job.id)?.state === 'waiting'
      } else {
        lane.gone = !(await telling.progress(job, road.chat))
      }
    } catch (error) {
      log.error({ job: job.id, err: error }, 'delivery failed in a way it should not')
      if (isEnd) {
        lane.restsUntil = clock.now() + REST_MS
        lane.stale = true
      }
    }
    lane.busy = false
    lane.lastAt = clock.now()
    road.underWay--
    if (!lane.stale && job.finishedAt !== undefined) lanes.delete(job.id)
    advance(lane)
    for (const next of road.waiting) {
      if (road.underWay >= MAX_UNDER_WAY) break
      road.waiting.delete(next)
      advance(next)
    }
    for (const listener of idleListeners) listener()
  }

  const refresh = (job: number): void => {
    const lane = laneOf(job)
    lane.stale = true
    advance(lane)
  }

  /** After the engine has begun with what moved the line. */
  const refreshLine = (): void => {
    lineMoved ??= clock.after(0, () => {
      lineMoved = undefined
      for (const job of line().slice(0, SHOWN_PLACES)) refresh(job)
    })
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
      lane.lastAt = clock.now()
    }
    refresh(job)
  }

  const onEvent = (event: JobEvent): void => {
    switch (event.kind) {
      case 'queued':
        hold(event.job, HELD_MS)
        break
      case 'step':
      case 'stopping':
        refresh(event.job)
        break
      case 'started':
      case 'woken':
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
  }
  const unsubscribe = events.on(onEvent)

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
      // A message that a platform changes for a while only must be known to it again before that is over.
      for (const job of [...open, ...store.jobs.waiting().map(({ id }) => id)]) {
        if (!store.jobs.get(job)?.message) hold(job, REPEAT_MS)
        refresh(job)
      }
    },
    /** Resolves when nothing can be told at once any more, or after `deadlineMs`. Then nothing more is sent. */
    async stop(deadlineMs: number): Promise<void> {
      const isBusy = () => [...roads.values()].some(({ underWay }) => underWay > 0)
      await new Promise<void>((resolve) => {
        const finish = () => {
          forget()
          idleListeners.delete(check)
          resolve()
        }
        const check = () => void (isBusy() || finish())
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
