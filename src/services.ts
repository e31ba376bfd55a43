import type { EngineInfo } from '../engine/engine.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import type { Delivery } from './delivery.ts'
import type { Engines } from './engines.ts'
import type { Erasure } from './erasure.ts'
import type { Events } from './events.ts'
import type { Ids } from './ids.ts'
import type { Intake } from './intake.ts'
import type { Log } from './log.ts'
import type { Pictures } from './pictures.ts'
import type { Queue } from './queue.ts'
import type { Quota } from './quota.ts'
import type { Sizes } from './sizes.ts'
import type { Slots } from './slots.ts'
import type { Speed } from './speed.ts'
import type { Store } from './store/store.ts'

/** Everything a command may use. */
export interface Services {
  readonly config: Config
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly store: Store
  readonly quota: Quota
  /** The door for new jobs. */
  readonly intake: Intake
  readonly queue: Queue
  readonly speed: Speed
  readonly delivery: Delivery
  readonly pictures: Pictures
  readonly erasure: Erasure
  readonly events: Events
  /** For people's own pictures, which are large: as many are fetched and looked at at once, of each person one. */
  readonly lookSlots: Slots
  readonly engines: Engines
  /** The largest picture that the memory is enough for. */
  readonly sizes: Sizes
  /** What is loaded, with a usual size that fits. All engines have the same model; the first one speaks for them. */
  readonly engine: EngineInfo
}
