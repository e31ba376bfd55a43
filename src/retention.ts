import { join } from 'node:path'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import type { Events, JobEvent } from './events.ts'
import type { Log } from './log.ts'
import type { Pictures } from './pictures.ts'
import type { Refill } from './refill.ts'
import { removeCopies } from './store/database.ts'
import { DATABASE, type Store } from './store/store.ts'

interface RetentionDeps {
  readonly store: Store
  readonly pictures: Pictures
  readonly events: Events
  readonly clock: Clock
  readonly refill: Refill
  readonly config: Pick<Config, 'dataDir' | 'retention' | 'disk'>
  readonly log: Log
}

const DAY_MS = 86_400_000
// Telegram repeats what was not confirmed for a day.
const REPEATS_MS = 2 * DAY_MS
const EVERY_MS = 10 * 60_000
// One round holds the thread for some tens of milliseconds at most; what is left waits for the next, which then comes soon.
const ROUND = 200
// Each of them waits for the disk.
const ROUND_FILES = 8
const SOON_MS = 1000
const MAKE_ROOM_AT = 0.9
// A migration that turns out to be wrong does so sooner.
const COPY_DAYS = 30

/**
 * What is forgotten, and when: pictures past their age that nobody starred, the oldest ones earlier when they would fill
 * the disk, prompts past theirs, link codes, people who asked to be, and copies of the database.
 */
export function createRetention({ store, pictures, events, clock, refill, config, log }: RetentionDeps) {
  let cancelNext = () => {}
  let unsubscribe = () => {}
  /** The next sweep comes soon. */
  let hurries = false
  // Jobs with a file that could not be deleted or written: they are tried again when nothing else is left, so that they hold
  // up nobody.
  const stuck = new Set<number>()

  /** True: a part of the round was full, and there may be more. */
  const sweep = (): boolean => {
    const now = clock.now()
    const { pictureDays, promptDays } = config.retention
    const aged = removeOldest(now - pictureDays * DAY_MS, () => pictureDays > 0)
    // Room is made before the limit is reached, so that a request is refused only when stars alone fill the disk.
    const crowded = removeOldest(now, isCrowded)
    const prompts = promptDays > 0 ? forgetPrompts(now - promptDays * DAY_MS) : { forgotten: 0, full: false }
    forgetCopies(now - COPY_DAYS * DAY_MS)
    store.linkCodes.removeExpired(now)
    store.inbox.forget(now - REPEATS_MS)
    store.notes.forget(now - REPEATS_MS)
    // Not before the refill: nobody gets a second allowance by being forgotten.
    const people = store.personData.forget(refill.last(now), now, ROUND)
    // A part of what is left of what was deleted, now or before a kill: a large house has the next one after the next sweep.
    store.personData.scrub()
    if (aged.removed + crowded.removed + prompts.forgotten + people.forgotten > 0) {
      const counts = { aged: aged.removed, crowded: crowded.removed, prompts: prompts.forgotten }
      log.info({ ...counts, people: people.forgotten }, 'forgotten')
    }
    const more = aged.full || crowded.full || prompts.full || people.full
    if (!more) stuck.clear()
    return more
  }

  const isCrowded = () => pictures.bytes() > config.disk.maxPictureBytes * MAKE_ROOM_AT

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

  /** In the rows, and in the files of pictures that outlive their prompts: as long as these cannot be written, in neither. */
  const forgetPrompts = (before: number): { forgotten: number; full: boolean } => {
    const jobs = store.personData.oldPrompts(before, ROUND + stuck.size).filter((job) => !stuck.has(job))
    let [tried, forgotten, files] = [0, 0, 0]
    store.transaction(() => {
      for (const job of jobs.slice(0, ROUND)) {
        if (files >= ROUND_FILES) break
        tried++
        try {
          files += pictures.forgetText(job)
          store.personData.forgetPrompt(job)
          forgotten++
        } catch (error) {
          log.error({ job, err: error }, 'the words in a picture could not be deleted')
          stuck.add(job)
        }
      }
    })
    return { forgotten, full: tried === ROUND || tried < jobs.length }
  }

  const forgetCopies = (before: number): void => {
    try {
      removeCopies(join(config.dataDir, DATABASE), before)
    } catch (error) {
      log.error({ err: error }, 'a copy of the database could not be deleted')
    }
  }

  const again = (): void => {
    try {
      hurries = sweep()
    } catch (error) {
      // The disk may be full of somebody else's files: whoever is here goes on meanwhile.
      log.error({ err: error }, 'nothing more could be forgotten for now')
      hurries = false
    }
    cancelNext = clock.after(hurries ? SOON_MS : EVERY_MS, again)
  }

  /** A picture that is kept takes room, and one that was told may go. */
  const onEvent = ({ kind }: JobEvent): void => {
    if (hurries || (kind !== 'ended' && kind !== 'told') || !isCrowded()) return
    hurries = true
    cancelNext()
    cancelNext = clock.after(SOON_MS, again)
  }

  return {
    sweep,
    start(): void {
      unsubscribe = events.on(onEvent)
      again()
    },
    stop(): void {
      unsubscribe()
      cancelNext()
    },
  }
}
