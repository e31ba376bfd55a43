import { rmSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from './clock.ts'
import type { Events } from './events.ts'
import { CHART, type Pictures } from './pictures.ts'
import type { Queue } from './queue.ts'
import type { Quota } from './quota.ts'
import type { Store } from './store/store.ts'

interface ErasureDeps {
  readonly store: Store
  readonly quota: Quota
  readonly queue: Queue
  readonly pictures: Pictures
  readonly events: Events
  readonly clock: Clock
}

// Jobs at a time, so that nobody else waits for those of somebody who drew thousands.
const ROUND = 100

export type Erasure = ReturnType<typeof createErasure>

/** Forgetting a person who asks for it. */
export function createErasure({ store, quota, queue, pictures, events, clock }: ErasureDeps) {
  const ended = (job: number) =>
    new Promise<void>((resolve) => {
      const stop = events.on((event) => {
        if (event.kind !== 'ended' || event.job !== job) return
        stop()
        resolve()
      })
    })

  /** In one transaction: each alone would wait for the disk. What was done before one that fails stays done. */
  const clean = (jobs: readonly number[]): void => {
    let trouble: unknown
    store.transaction(() => {
      try {
        for (const job of jobs) {
          pictures.remove(job)
          if (store.posts.close(job, 'undeliverable', clock.now(), 'erased')) quota.refund(job, 'erased')
          store.personData.eraseJob(job)
        }
      } catch (error) {
        trouble = error
      }
    })
    if (trouble) throw trouble
  }

  return {
    /** Cancels what the person waits for, deletes their pictures and blanks what they typed. Resolves when it is done. */
    async erase(person: number, by: string): Promise<void> {
      let after = 0
      for (;;) {
        // Meanwhile they may ask for more.
        const open = store.jobs.waitingOf(person)
        if (open.length > 0) {
          const ends = open.map((job) => ended(job.id))
          for (const job of open) queue.cancel(job.id, by)
          await Promise.all(ends)
          continue
        }
        const jobs = store.jobs.unerased(person, after, ROUND)
        // Nothing may be awaited between the last look and the end.
        if (jobs.length === 0 && after === 0) break
        if (jobs.length > 0) {
          clean(jobs)
          await nextTurn()
        }
        // At the end once more from the first: an account with jobs of its own may have been linked meanwhile.
        after = jobs.at(-1) ?? 0
      }
      store.personData.erase(person, clock.now())
      rmSync(pictures.file(CHART), { force: true })
      while (store.personData.scrub()) await nextTurn()
    },
  }
}
