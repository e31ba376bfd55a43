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
      const open = store.jobs.waitingOf(person).map((job) => {
        const end = ended(job.id)
        queue.cancel(job.id, by)
        return end
      })
      await Promise.all(open)
      for (const job of store.jobs.idsOf(person)) {
        pictures.remove(job)
        if (store.posts.close(job, 'undeliverable', clock.now(), 'erased')) quota.refund(job, 'erased')
      }
      store.personData.erase(person, clock.now())
    },
  }
}
