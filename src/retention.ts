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
// One round holds the thread for some tens of milliseconds at most; what is left waits for the next, which then comes soon.
const ROUND = 200
const SOON_MS = 1000
const MAKE_ROOM_AT = 0.9

/**
 * What is forgotten, and when: pictures past their age that nobody starred, the oldest ones earlier when they would fill
 * the disk, prompts past theirs, link codes, and people who asked to be.
 */
export function createRetention({ store, pictures, clock, refill, config, log }: RetentionDeps) {
  let cancelNext = () => {}
  // Jobs with a file that could not be deleted: they are tried again when nothing else is left, so that they hold up nobody.
  const stuck = new Set<number>()

  /** True: a part of the round was full, and there may be more. */
  const sweep = (): boolean => {
    const now = clock.now()
    const { pictureDays, promptDays } = config.retention
    const aged = removeOldest(now - pictureDays * DAY_MS, () => pictureDays > 0)
    // Room is made before the limit is reached, so that a request is refused only when stars alone fill the disk.
    const crowded = removeOldest(now, () => pictures.bytes() > config.disk.maxPictureBytes * MAKE_ROOM_AT)
    const prompts = promptDays > 0 ? store.personData.forgetPrompts(now - promptDays * DAY_MS, ROUND) : 0
    store.linkCodes.removeExpired(now)
    store.inbox.forget(now - REPEATS_MS)
    // Not before the refill: nobody gets a second allowance by being forgotten.
    const people = store.personData.forget(refill.last(now), now)
    if (aged.removed + crowded.removed + prompts + people > 0) {
      log.info({ aged: aged.removed, crowded: crowded.removed, prompts, people }, 'forgotten')
    }
    const more = aged.full || crowded.full || prompts === ROUND
    if (!more) stuck.clear()
    return more
  }

  /** The pictures of the oldest jobs before `before`, a round of them at most, as long as that is due. */
  const removeOldest = (before: number, due: () => boolean): { removed: number; full: boolean } => {
    if (!due()) return { removed: 0, full: false }
    const jobs = store.pictures.jobsBefore(before, ROUND + stuck.size).filter((job) => !stuck.has(job))
    let [tried, removed] = [0, 0]
    // In one transaction: each alone would wait for the disk.
    store.transaction(() => {
      for (const job of jobs.slice(0, ROUND)) {
        if (!due()) break
        tried++
        try {
          pictures.remove(job)
          removed++
        } catch (error) {
          log.error({ job, err: error }, 'a picture could not be deleted')
          stuck.add(job)
        }
      }
    })
    return { removed, full: tried === ROUND }
  }

  const again = (): void => {
    const more = sweep()
    cancelNext = clock.after(more ? SOON_MS : EVERY_MS, again)
  }

  return { sweep, start: again, stop: () => cancelNext() }
}
