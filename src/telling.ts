import { type Chat, ChatError, type MessageRef, type View } from './chat.ts'
import type { Clock } from './clock.ts'
import type { Events } from './events.ts'
import type { ShowJob } from './job-status.ts'
import type { Log } from './log.ts'
import type { Quota } from './quota.ts'
import type { Job } from './store/jobs.ts'
import type { Store } from './store/store.ts'

interface TellingDeps {
  readonly store: Store
  readonly quota: Quota
  readonly events: Events
  readonly clock: Clock
  readonly log: Log
  readonly showJob: ShowJob
}

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 5 * 60_000
// Two days of the longest pause: chats that took nothing will not take it on the third, and the credits go back. Counted,
// because time in which nothing was tried says nothing of the chat.
const GIVE_UP_ATTEMPTS = 580

export type Telling = ReturnType<typeof createTelling>

/**
 * One try at telling a job's chat how it stands. The end of a job comes from the outbox (store/posts.ts): it closes the
 * post and the job's credits together, or says when to try again. Rejects only where the database fails.
 */
export function createTelling({ store, quota, events, clock, log, showJob }: TellingDeps) {
  // What became of a try that the database did not take, full or gone as it was: a picture that was posted is not posted again.
  const unwritten = new Map<number, () => void>()

  const close = (
    job: Job,
    state: 'posted' | 'doubtful' | 'undeliverable',
    { error, message }: { error?: string; message?: MessageRef } = {},
  ): void => {
    store.transaction(() => {
      if (message) store.jobs.setMessage(job.id, message)
      store.posts.close(job.id, state, clock.now(), error)
      if (state === 'undeliverable') quota.refund(job.id, 'undeliverable')
      else quota.settle(job.id)
    })
    log.info({ job: job.id, state, error }, 'job told')
    events.emit({ kind: 'told', job: job.id })
  }

  /** False: that message is gone, a new one is needed. */
  const change = async (chat: Chat, message: MessageRef, view: View): Promise<boolean> => {
    try {
      await chat.update(message, view)
      return true
    } catch (error) {
      if (codeOf(error) === 'gone') return false
      throw error
    }
  }

  const fail = (job: Job, error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error)
    const post = store.posts.get(job.id)!
    // A lost answer to a change is no doubt: the same change again does no harm.
    if (codeOf(error) === 'doubtful' && post.state === 'sending') {
      close(job, 'doubtful', { error: message })
    } else if (isFinal(error) || post.attempts >= GIVE_UP_ATTEMPTS) {
      close(job, 'undeliverable', { error: message })
    } else {
      const asked = error instanceof ChatError ? (error.retryAfterMs ?? 0) : 0
      const pauseMs = Math.max(
        // Discord counts in seconds with decimals, the database in whole milliseconds.
        Number.isFinite(asked) ? Math.ceil(asked) : 0,
        Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** post.attempts),
      )
      store.posts.retry(job.id, clock.now() + pauseMs, message)
      log.warn({ job: job.id, err: error, pauseMs }, 'delivery is tried again')
    }
  }

  /** A chat may take words but no pictures: the job's message would say for ever that it is being drawn. */
  const sayItIsNotTaken = async (job: Job, chat: Chat, error: unknown): Promise<void> => {
    if (!job.message || !isFinal(error)) return
    const view = showJob(job, { state: 'failed', code: 'not-taken', maxPixels: undefined })
    await chat.update(job.message, view).catch(() => {})
  }

  /** By whom it was asked for: they were told so where they did it, and a new message would be news to nobody. */
  const isTakenBack = ({ state, outcome = '', person }: Job): boolean => {
    const [platform = '', ...account] = outcome.split(':')
    return state === 'cancelled' && store.people.find(platform, account.join(':')) === person
  }

  /** → what is to be written down of it. */
  const tryToTell = async (job: Job, chat: Chat): Promise<() => void> => {
    try {
      const view = showJob(job)
      if (job.message && (await change(chat, job.message, view))) return () => close(job, 'posted')
      if (job.message && isTakenBack(job)) return () => close(job, 'posted')
      // Not where it was closed meanwhile: whoever asked for it has deleted everything.
      if (!store.posts.sending(job.id)) return () => {}
      const message = await chat.post(job.address, view, keyOf(job))
      return () => close(job, 'posted', { message })
    } catch (error) {
      await sayItIsNotTaken(job, chat, error)
      return () => fail(job, error)
    }
  }

  return {
    /** Changes the message to the newest view. False: it is gone. Any other failure is passed over: the next view tells more. */
    async progress(job: Job, chat: Chat): Promise<boolean> {
      if (!job.message) return false
      try {
        return await change(chat, job.message, showJob(job))
      } catch (error) {
        log.debug({ job: job.id, err: error }, 'a view was not taken')
        return true
      }
    },

    /**
     * Tells the end: in the job's message, or in a new one where that is gone or never was. Afterwards the post is closed, or
     * due later. After a rejection the next call writes down what the database did not take.
     */
    async end(job: Job, chat: Chat): Promise<void> {
      const outcome = unwritten.get(job.id) ?? (await tryToTell(job, chat))
      unwritten.set(job.id, outcome)
      outcome()
      unwritten.delete(job.id)
    },
  }
}

/** Names the post of a job's end: where a platform can tell, the same key twice is the same message. */
function keyOf(job: Job): string {
  return `job-${job.id}`
}

/** Another try would end the same. */
function isFinal(error: unknown): boolean {
  return codeOf(error) === 'gone' || codeOf(error) === 'refused'
}

function codeOf(error: unknown): ChatError['code'] {
  return error instanceof ChatError ? error.code : 'later'
}
