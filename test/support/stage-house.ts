import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodePicture } from '../../engine/picture.ts'
import type { Chat, Core } from '../../src/chat.ts'
import { systemClock } from '../../src/clock.ts'
import { readConfig } from '../../src/config.ts'
import { randomIds } from '../../src/ids.ts'
import { createLog } from '../../src/log.ts'
import { createService } from '../../src/service.ts'
import type { Services } from '../../src/services.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { adminsOf } from './admins.ts'
import { StandInEngine } from './engine.ts'

/** Whoever has this name on a stage is an admin of the house. */
export const ADMIN = 'olga'

export interface StageHouse {
  readonly folder: string
  readonly store: Store
  readonly engine: StandInEngine
  /** Opens the house for these chats. `admin` is the platform's id of the person called `ADMIN`. */
  open(chats: readonly Chat[], admin: string): Promise<{ readonly core: Core; readonly services: Services }>
  /** `adapters` is called between the last word and the closing of the database. */
  close(adapters?: () => Promise<void>): Promise<void>
}

// A picture of 64×64 in four steps takes a few milliseconds.
const FAST = 500

/** The service that a conversation is held with: real but for the engine, which draws plain colours at once. */
export function createStageHouse(): StageHouse {
  const folder = mkdtempSync(join(tmpdir(), 'zimagine-stage-'))
  const store = openStore(folder)
  const engine = new StandInEngine({
    clock: systemClock,
    msPerMegapixelEvaluation: FAST,
    info: { loadMs: 12_000 },
  })
  let service: Awaited<ReturnType<typeof createService>> | undefined
  return {
    folder,
    store,
    engine,
    async open(chats, admin) {
      service = await createService({
        // The terminal's people, too, who are no accounts that an owner could name.
        config: { ...readConfig({ DATA_DIR: folder }), admins: adminsOf(admin) },
        store,
        engines: [engine],
        chats,
        clock: systemClock,
        ids: randomIds,
        log: createLog({ path: join(folder, 'log.jsonl'), level: 'debug', secrets: [] }),
        encodePicture,
      })
      service.start()
      return service
    },
    async close(adapters) {
      await service?.stop(2000, adapters)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
