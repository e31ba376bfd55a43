import type { Clock } from './clock.ts'
import type { Events } from './events.ts'
import type { Pictures } from './pictures.ts'
import type { Queue } from './queue.ts'
import type { Quota } from './quota.ts'
import type { Store } from './store/store.ts'

export interface ErasureDeps {
  readonly store: Store
  readonly quota: Quota
  readonly queue: Queue
  readonly pictures: Pictures
  readonly events: Events
  readonly clock: Clock
}

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

  return {
    /** Cancels what the person waits for, deletes their pictures and blanks what they typed. Resolves when it is done. */
    async erase(person: number, by: string): Promise<void> {
      // Meanwhile they may ask for more.
      for (let open = store.jobs.waitingOf(person); open.length > 0; open = store.jobs.waitingOf(person)) {
        const ends = open.map((job) => ended(job.id))
        for (const job of open) queue.cancel(job.id, by)
        await Promise.all(ends)
      }
      for (const job of store.jobs.idsOf(person)) {
        pictures.remove(job)
        if (store.posts.close(job, 'undeliverable', clock.now(), 'erased')) quota.refund(job, 'erased')
      }
      store.personData.erase(person, clock.now())
    },
  }
}
