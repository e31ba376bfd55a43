import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import type { Log } from './log.ts'
import type { Pictures } from './pictures.ts'
import type { Refill } from './refill.ts'
import type { Store } from './store/store.ts'

export interface RetentionDeps {
  readonly store: Store
  readonly pictures: Pictures
  readonly clock: Clock
  readonly refill: Refill
  readonly config: Pick<Config, 'retention' | 'disk'>
  readonly log: Log
}

const DAY_MS = 86_400_000
// Telegram repeats what was not confirmed for a day.
const REPEATS_MS = 2 * DAY_MS
const EVERY_MS = 10 * 60_000
// One round holds the thread for a few milliseconds at most; what is left waits for the next.
const ROUND = 200
// Room is made before the limit is reached, so that a request is refused only when stars alone fill the disk.
const MAKE_ROOM_AT = 0.9

/**
 * What is forgotten, and when: pictures past their age that nobody starred, the oldest ones earlier when they would fill
 * the disk, prompts past theirs, link codes, and people who asked to be.
 */
export function createRetention({ store, pictures, clock, refill, config, log }: RetentionDeps) {
  let cancelNext = () => {}

  const sweep = (): void => {
    const now = clock.now()
    const { pictureDays, promptDays } = config.retention
    const aged = pictureDays > 0 ? store.pictures.jobsBefore(now - pictureDays * DAY_MS, ROUND) : []
    for (const job of aged) pictures.remove(job)
    const crowded = makeRoom(now)
    const prompts = promptDays > 0 ? store.personData.forgetPrompts(now - promptDays * DAY_MS, ROUND) : 0
    store.linkCodes.removeExpired(now)
    store.inbox.forget(now - REPEATS_MS)
    // Not before the refill: nobody gets a second allowance by being forgotten.
    const people = store.personData.forget(refill.last(now), now)
    if (aged.length + crowded + prompts + people > 0) {
      log.info({ aged: aged.length, crowded, prompts, people }, 'forgotten')
    }
  }

  const makeRoom = (now: number): number => {
    const limit = config.disk.maxPictureBytes * MAKE_ROOM_AT
    let removed = 0
    for (const job of pictures.bytes() > limit ? store.pictures.jobsBefore(now, ROUND) : []) {
      if (pictures.bytes() <= limit) break
      pictures.remove(job)
      removed++
    }
    return removed
  }

  const again = (): void => {
    sweep()
    cancelNext = clock.after(EVERY_MS, again)
  }

  return { sweep, start: again, stop: () => cancelNext() }
}
