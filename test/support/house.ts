import { readdirSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import type { ImageRequest, Picture } from '../../engine/engine.ts'
import { type Config, readConfig } from '../../src/config.ts'
import type { Ids } from '../../src/ids.ts'
import { createLog } from '../../src/log.ts'
import { createService, type Service } from '../../src/service.ts'
import type { Job, JobState } from '../../src/store/jobs.ts'
import type { PostState } from '../../src/store/posts.ts'
import { openStore } from '../../src/store/store.ts'
import { adminsOf } from './admins.ts'
import { ManualClock } from './clock.ts'
import { StandInEngine, type StandInOptions } from './engine.ts'
import { temporaryFolder } from './folder.ts'
import { ScriptedChat } from './scripted-chat.ts'

export interface HouseOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly engines?: number
  /** What is different about the engine with this index. */
  readonly engine?: (index: number) => Partial<StandInOptions>
  readonly before?: (request: ImageRequest) => void
  readonly encodePicture?: (picture: Picture) => Promise<Uint8Array>
  /** A house that was there before: its folder and its clock go on. */
  readonly after?: { readonly folder: string; readonly clock: ManualClock; readonly chat: ScriptedChat }
  /** Built, but nothing begins. */
  readonly still?: boolean
}

export interface Wish extends Partial<ImageRequest> {
  readonly from?: string
  readonly chat?: string
  readonly key?: string
}

/** 64×64 with 4 steps at this speed is a second a picture. */
const SPEED_MS = 64_000
export const PICTURE_MS = 1000

export type House = Awaited<ReturnType<typeof createHouse>>

/** The whole service over a real database, with a scripted chat, a clock that moves when told and engines of known speed. */
export async function createHouse(options: HouseOptions = {}) {
  const folder = options.after?.folder ?? temporaryFolder()
  const clock = options.after?.clock ?? new ManualClock()
  const chat = options.after?.chat ?? new ScriptedChat()
  // The configuration knows no admins of a scripted chat.
  const { ADMINS = '', ...env } = options.env ?? {}
  const config: Config = {
    ...readConfig({ DATA_DIR: folder, MAX_WAITING: '1000', ...env }),
    admins: adminsOf(ADMINS),
  }
  const engines = Array.from(
    { length: options.engines ?? 1 },
    (_, index) =>
      new StandInEngine({
        clock,
        msPerMegapixelEvaluation: SPEED_MS,
        ...(options.before && { before: options.before }),
        ...options.engine?.(index),
      }),
  )
  const service: Service = await createService({
    config,
    store: openStore(folder),
    engines,
    chats: [chat],
    clock,
    ids: countingIds(),
    log: createLog({ path: `${folder}/test.log`, level: 'debug', secrets: [] }),
    encodePicture: options.encodePicture ?? (async (picture) => picture.pixels),
  })
  const { services } = service
  const { store, intake, delivery, events } = services
  let stopped = false
  const stop = async (deadlineMs = 0) => {
    if (stopped) return
    stopped = true
    const end = service.stop(deadlineMs)
    await clock.pass(deadlineMs)
    await end
  }
  onTestFinished(() => stop())
  if (!options.still) service.start()
  let keys = 0

  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        const off = events.on(() => {
          off()
          resolve()
        })
      })
    }
  }

  /** Asks without waiting for the answer to be shown. */
  const order = ({
    from = 'ann',
    chat: room = 'room',
    key = `${folder}:${from}:${++keys}:${clock.now()}`,
    ...request
  }: Wish = {}) => {
    const person = store.people.of('scripted', from, from, clock.now())
    return intake.accept({
      event: `scripted:${key}`,
      asker: { person, platform: 'scripted', chat: room },
      address: { platform: 'scripted', chat: room, route: room },
      prompt: request.prompt ?? 'a fox',
      request: { prompt: 'a fox', widthPx: 64, heightPx: 64, steps: 4, guidance: 0, seed: ++keys, ...request },
      private: false,
      language: 'en',
    })
  }

  return {
    folder,
    clock,
    chat,
    engines,
    service,
    services,
    store,
    stop,
    order,
    /** Asks, and the answer is shown: as dispatch does it. */
    async ask(wish: Wish = {}): Promise<Job> {
      const job = order(wish)
      delivery.attach(
        job.id,
        await chat.post({ platform: 'scripted', chat: 'room', route: 'room' }, { text: ['queued'] }),
      )
      return job
    },
    job: (id: number) => store.jobs.get(id)!,
    /** Resolves when the job is in this state. Time must be moved besides. */
    becomes: (id: number, state: JobState) => until(() => store.jobs.get(id)?.state === state),
    /** Resolves when the job's end was told, and its post is in this state. */
    told: (id: number, state: PostState = 'posted') => until(() => store.posts.get(id)?.state === state),
    /** Lets the job be drawn, and waits for its post to come to this state. */
    async delivered({ id }: Job, state?: PostState): Promise<void> {
      await clock.pass(PICTURE_MS)
      await this.becomes(id, 'succeeded')
      await this.told(id, state)
    },
    /** The message of the job, as the chat has it. */
    shown: ({ id }: Job) => chat.messages.get(store.jobs.get(id)!.message?.ref as number),
    /** What the engines were asked to draw, in this order. */
    seeds: () => engines.flatMap(({ requests }) => requests.map(({ seed }) => seed)),
    /** Names of the picture files on the disk. */
    files: () =>
      readdirSync(`${folder}/pictures`, { recursive: true, withFileTypes: true }).flatMap((entry) =>
        entry.isFile() ? entry.name : [],
      ),
    left: (from = 'ann') => {
      const person = store.people.of('scripted', from, from, clock.now())
      return services.quota.balance({ person, platform: 'scripted', chat: 'room' }).left
    },
  }
}

function countingIds(): Ids {
  let next = 0
  return { seed: () => ++next, code: () => `CODE${++next}` }
}
