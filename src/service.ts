import type { Engine } from '../engine/engine.ts'
import { createBegunJobs } from './begun-jobs.ts'
import type { Chat, Core } from './chat.ts'
import type { Clock } from './clock.ts'
import { showJob } from './commands/job-view.ts'
import type { Config } from './config.ts'
import { createDelivery } from './delivery.ts'
import { createDispatch } from './dispatch.ts'
import { createEndings } from './endings.ts'
import { createEngines, findMissing } from './engines.ts'
import { createErasure } from './erasure.ts'
import { createEvents } from './events.ts'
import type { Ids } from './ids.ts'
import { createIntake } from './intake.ts'
import type { ShowJob } from './job-status.ts'
import type { Log } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { createPictures, type EncodePicture } from './pictures.ts'
import { createQueue } from './queue.ts'
import { createQuota } from './quota.ts'
import { createRefill } from './refill.ts'
import { createRetention } from './retention.ts'
import type { Services } from './services.ts'
import { createSizes } from './sizes.ts'
import { createSlots } from './slots.ts'
import { createSpeed } from './speed.ts'
import type { Store } from './store/store.ts'
import { createTelling } from './telling.ts'

interface ServiceDeps {
  readonly config: Config
  /** Closed by `stop`. */
  readonly store: Store
  /** At least one, one slot in the queue each; all of the same model. Closed by `stop`. */
  readonly engines: readonly Engine[]
  readonly chats: readonly Chat[]
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly encodePicture: EncodePicture
}

export interface Service {
  /** What adapters are given. */
  readonly core: Core
  readonly services: Services
  readonly metrics: Metrics
  /** Takes up what the last process left. Call it when the chats can post. */
  start(): void
  /**
   * The ordered end: no new jobs, the running one finished or aborted, results told, then `between` (the adapters), each
   * with a share of `deadlineMs`; then engines and database. A step of an engine's can't be cut short: it is waited for last,
   * when nothing is lost by being killed.
   */
  stop(deadlineMs: number, between?: () => Promise<void>): Promise<void>
}

// Of 50 MiB each on Discord, and unfolded to as much once more.
const LOOKS_AT_ONCE = 3

/**
 * The whole service but for platforms: waits for the engines, and puts the rooms together. Goes without engines that
 * cannot be loaded; rejects with why where that is all of them.
 */
export async function createService(deps: ServiceDeps): Promise<Service> {
  const { config, store, chats, clock, ids, log, encodePicture } = deps
  const missing = await findMissing(deps.engines, log)
  const engines = createEngines({ engines: deps.engines, missing, clock, log })
  const engine = engines.first
  const sizes = createSizes({ store, engines, modelDir: config.modelDir, clock, log })
  const events = createEvents()
  const refill = createRefill(config.refill.hour, config.refill.zone)
  const quota = createQuota({ store, clock, refill, defaults: config.terms })
  const pictures = createPictures({ store, clock, config, engine, encodePicture })
  const endings = createEndings({ store, quota, events, clock })
  const speed = createSpeed({ store, clock, engine })
  const begunJobs = createBegunJobs({ store, engines, sizes, speed, pictures, endings, events, clock, log })
  const queue = createQueue({ store, engines, sizes, begunJobs, speed, endings, events, clock, log })
  const show: ShowJob = (job, status) => showJob({ store, quota, engine, queue }, job, { status })
  const telling = createTelling({ store, quota, events, clock, log, showJob: show })
  const delivery = createDelivery({ store, chats, telling, events, clock, log, line: queue.line })
  const intake = createIntake({ store, quota, queue, pictures, endings, events, clock, config, engines, sizes })
  const erasure = createErasure({ store, quota, queue, pictures, events, clock })
  const metrics = createMetrics({ store, engines, queue, pictures, events, clock })
  const retention = createRetention({ store, pictures, events, clock, refill, config, log })
  const services: Services = {
    config,
    clock,
    ids,
    log,
    store,
    quota,
    intake,
    queue,
    speed,
    delivery,
    pictures,
    erasure,
    events,
    lookSlots: createSlots(LOOKS_AT_ONCE),
    engines,
    sizes,
    get engine() {
      return { ...engine, profile: sizes.profile() }
    },
  }

  return {
    core: createDispatch(services),
    services,
    metrics,
    start() {
      delivery.start()
      queue.start()
      retention.start()
    },
    async stop(deadlineMs, between) {
      retention.stop()
      intake.close()
      await queue.stop(deadlineMs / 2)
      await delivery.stop(deadlineMs / 2)
      await between?.()
      metrics.stop()
      await Promise.all(deps.engines.map((each) => each.close()))
      await queue.ended()
      store.close()
      log.info('stopped')
    },
  }
}
