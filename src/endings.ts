import type { Clock } from './clock.ts'
import type { Events } from './events.ts'
import type { Quota } from './quota.ts'
import type { Ending, Job } from './store/jobs.ts'
import type { NewPicture } from './store/pictures.ts'
import type { Store } from './store/store.ts'

export type Endings = ReturnType<typeof createEndings>

/**
 * The ends of a job. Each is one transaction: the row's last state, its pictures or its refund, and its place in the
 * outbox. The first end wins; a later one returns false and changes nothing.
 */
export function createEndings(deps: { store: Store; quota: Quota; events: Events; clock: Clock }) {
  const { store, quota, events, clock } = deps

  const end = (job: Job, ending: Ending, also: () => void): boolean => {
    const now = clock.now()
    const ended = store.transaction(() => {
      if (!store.jobs.end(job.id, ending, now)) return false
      also()
      store.posts.add(job.id, now)
      return true
    })
    if (ended) events.emit({ kind: 'ended', job: job.id })
    return ended
  }

  return {
    succeed(job: Job, pictures: readonly NewPicture[], computeMs: number, recipe: string): boolean {
      return end(job, { state: 'succeeded', computeMs, recipe }, () => {
        for (const picture of pictures) store.pictures.add(picture)
      })
    },
    fail(job: Job, code: string): boolean {
      return end(job, { state: 'failed', code }, () => quota.refund(job.id, `failed: ${code}`))
    },
    /** `by` is `platform:account`. */
    cancel(job: Job, by: string): boolean {
      return end(job, { state: 'cancelled', by }, () => quota.refund(job.id, 'cancelled'))
    },
  }
}
