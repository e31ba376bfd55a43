import type { ImageRequest } from '../engine/engine.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import type { Endings } from './endings.ts'
import type { Engines } from './engines.ts'
import type { Events } from './events.ts'
import type { Pictures } from './pictures.ts'
import type { Queue } from './queue.ts'
import { type Asker, cost, type Quota, type Terms } from './quota.ts'
import { recipeOf } from './recipe.ts'
import type { Sizes } from './sizes.ts'
import type { Job, NewJob } from './store/jobs.ts'
import type { StoredPicture } from './store/pictures.ts'
import type { Store } from './store/store.ts'
import { UserError } from './user-error.ts'

/** What a person asked for, with every value filled in: a job before it is known who pays what. */
interface Order extends Omit<NewJob, 'person' | 'priority' | 'weight' | 'cost'> {
  readonly asker: Asker
}

export type Intake = ReturnType<typeof createIntake>

interface IntakeDeps {
  readonly store: Store
  readonly quota: Quota
  readonly queue: Queue
  readonly pictures: Pictures
  readonly endings: Endings
  readonly events: Events
  readonly clock: Clock
  readonly config: Pick<Config, 'maxWaiting'>
  readonly engines: Engines
  readonly sizes: Sizes
}

/**
 * The door for new jobs: limits, credits and the row in one transaction, before anybody is told "queued". After `accept`
 * the caller shows the job and hands its message to `delivery.attach`.
 */
export function createIntake(deps: IntakeDeps) {
  const { store, quota, queue, pictures, endings, events, clock, config, engines, sizes } = deps

  let closed = false

  /** Throws the `UserError` that says which limit. */
  const checkLimits = ({ asker, address, request }: Order, terms: Terms) => {
    const { widthPx, heightPx, steps } = request
    if (closed || queue.mode() === 'draining') throw new UserError('draining', {})
    if (pictures.full()) throw new UserError('disk-full', {})
    const here = sizes.largest()
    // The lower limit: who is told the other one would be refused once more.
    const maxPixels = Math.min(here, terms.maxPixels)
    if (widthPx * heightPx > maxPixels) {
      throw new UserError(here < terms.maxPixels ? 'too-large-here' : 'too-large', { widthPx, heightPx, maxPixels })
    }
    if (steps > terms.maxSteps) throw new UserError('steps-not-allowed', { steps, max: terms.maxSteps })
    const own = store.jobs.countWaitingOf(asker.person)
    if (own >= terms.maxWaiting) throw new UserError('line-full', { waiting: own, max: terms.maxWaiting })
    const chat = store.jobs.countWaitingIn(address.platform, address.chat)
    if (chat >= config.maxWaiting.chat) {
      throw new UserError('chat-line-full', { waiting: chat, max: config.maxWaiting.chat })
    }
    const house = store.jobs.countWaiting()
    if (house >= config.maxWaiting.house) throw new UserError('house-full', { waiting: house })
  }

  /** The pictures of an earlier job that drew just this on a device of ours, if all their files are still there. */
  const drawnBefore = (request: ImageRequest): { recipe: string; kept: StoredPicture[] } | undefined =>
    [...new Set(engines.infos().map((info) => recipeOf(request, info)))]
      .flatMap((recipe) => {
        const job = store.jobs.byRecipe(recipe)
        return job ? { recipe, kept: store.pictures.ofJob(job.id) } : []
      })
      .find(({ kept }) => kept.every(({ path }) => pictures.exists(path)))

  const add = (order: Order, terms: Terms, credits: number): Job => {
    const { asker, ...rest } = order
    const { priority, weight } = terms
    const job = store.jobs.add({ ...rest, person: asker.person, priority, weight, cost: credits }, clock.now())
    quota.reserve(asker, job.id, credits)
    store.prompts.add(job.id, job.person, job.prompt)
    return job
  }

  return {
    /** The job of this event: a new one, or the one that it made when it came before. Throws a `UserError`; then nothing was written. */
    accept(order: Order): Job {
      const known = store.jobs.byEvent(order.event)
      if (known) return known
      const { job, replayed } = store.transaction(() => {
        const terms = quota.terms(order.asker)
        const replayed = drawnBefore(order.request)
        if (!replayed) checkLimits(order, terms)
        // A replay costs nothing: the engine does nothing for it.
        return { job: add(order, terms, replayed ? 0 : cost(order.request)), replayed }
      })
      events.emit({ kind: 'queued', job: job.id })
      if (replayed) {
        const copies = replayed.kept.map((picture) => ({ ...picture, job: job.id, createdAt: clock.now() }))
        endings.succeed(job, copies, 0, replayed.recipe)
        return store.jobs.get(job.id)!
      }
      queue.push(job)
      return job
    },
    /** Before the end of the process: takes nothing more. */
    close(): void {
      closed = true
    },
  }
}
