import { type Chat, ChatError, type MessageRef } from '../../src/chat.ts'
import type { Clock } from '../../src/clock.ts'
import { readConfig } from '../../src/config.ts'
import { randomIds } from '../../src/ids.ts'
import { createLog } from '../../src/log.ts'
import { createService } from '../../src/service.ts'
import { openStore } from '../../src/store/store.ts'
import { StandInEngine } from '../support/engine.ts'
import { type FromHouse, type Outcome, PLATFORM, type PlatformCall, type ToHouse } from './protocol.ts'

/** The whole service as the child process that `run.ts` kills: a chat over IPC, a fast engine, and a fast clock. */

// Time runs faster, so that pauses between retries do not make the run longer.
const HASTE = 20
const fastClock: Clock = {
  now: () => Date.now() * HASTE,
  elapsed: () => performance.now() * HASTE,
  after(ms, call) {
    const timer = setTimeout(call, ms / HASTE)
    return () => clearTimeout(timer)
  },
}
// 64×64 with 4 steps in 20 ms of real time.
const MS_PER_MEGAPIXEL_EVALUATION = 1280 * HASTE

const config = readConfig({
  DATA_DIR: process.argv[2]!,
  CREDITS_PER_DAY: '1000000',
  MAX_WAITING: '100000',
  MAX_WAITING_CHAT: '100000',
  MAX_WAITING_HOUSE: '100000',
})
const answers = new Map<number, (outcome: Outcome) => void>()
let calls = 0

const send = (message: FromHouse): void => void process.send!(message)

async function call(request: PlatformCall): Promise<MessageRef> {
  const id = ++calls
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  answers.set(id, resolve)
  send({ kind: 'call', id, ...request })
  const outcome = await promise
  if ('error' in outcome) throw new ChatError(outcome.error, `scripted: ${outcome.error}`)
  return outcome.ref
}

const chat: Chat = {
  platform: PLATFORM,
  paceMs: () => 0,
  post: (address, view, key) => call({ call: 'post', address, view, key }),
  update: async (ref, view) => void (await call({ call: 'update', ref, view })),
}

const service = await createService({
  config,
  store: openStore(config.dataDir),
  engines: [new StandInEngine({ clock: fastClock, msPerMegapixelEvaluation: MS_PER_MEGAPIXEL_EVALUATION })],
  chats: [chat],
  clock: fastClock,
  ids: randomIds,
  log: createLog({ path: `${config.dataDir}/logs/crash.log`, level: 'info', secrets: [] }),
  encodePicture: async (picture) => picture.pixels,
})
const { store, events } = service.services

process.on('message', (message: ToHouse) => {
  switch (message.kind) {
    case 'answer':
      answers.get(message.id)?.(message.outcome)
      answers.delete(message.id)
      break
    case 'event':
      void service.core
        .dispatch(message.incoming, (view) => call({ call: 'respond', view }))
        .then(() => send({ kind: 'handled', key: message.incoming.key }))
      break
    case 'rest': {
      const check = () => {
        if (store.jobs.countWaiting() + store.posts.countOpen() > 0) return
        off()
        send({ kind: 'quiet' })
      }
      const off = events.on(check)
      check()
      break
    }
    case 'stop':
      void service.stop(1000).then(() => process.disconnect())
      break
    default:
      message satisfies never
  }
})

service.start()
send({ kind: 'open' })
