import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Chat } from '../src/chat.ts'
import { systemClock } from '../src/clock.ts'
import { readConfig } from '../src/config.ts'
import { randomIds } from '../src/ids.ts'
import { createLog } from '../src/log.ts'
import { createService } from '../src/service.ts'
import { openStore } from '../src/store/store.ts'
import { megapixelEvaluations } from '../src/work.ts'
import { StandInEngine } from '../test/support/engine.ts'

/**
 * A busy evening: many people ask for many pictures of an engine of known speed, through the same door as a platform's
 * adapter. `npm run bench:load`. Exit status 1 where a bar is missed.
 */
const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '500' },
    jobs: { type: 'string', default: '5000' },
    'picture-ms': { type: 'string', default: '100' },
  },
})
const people = Number(values.people)
const jobs = Number(values.jobs)
const pictureMs = Number(values['picture-ms'])

const BARS = { busyShare: 0.98, fairness: 0.95, acknowledgedP99Ms: 100, heapGrowth: 1.2 }
// All have asked when a tenth of the work is done: from then on all wait, and shares can be compared.
const ASKING_SHARE = 0.1
const ANSWER_MS = 30

const folder = mkdtempSync(join(tmpdir(), 'zimagine-load-'))
const config = readConfig({
  DATA_DIR: folder,
  CREDITS_PER_DAY: '1000000',
  MAX_WAITING: String(jobs),
  MAX_WAITING_CHAT: String(jobs),
  MAX_WAITING_HOUSE: String(jobs),
})
let messages = 0
const chat: Chat = {
  platform: 'load',
  paceMs: () => 2000,
  async post() {
    await pause(ANSWER_MS)
    return { platform: 'load', ref: ++messages }
  },
  update: () => pause(ANSWER_MS),
}
const { profile } = new StandInEngine({ clock: systemClock, msPerMegapixelEvaluation: 1 }).info
const { widthPx, heightPx, steps, guidance } = profile
const work = megapixelEvaluations({ prompt: '', seed: 0, widthPx, heightPx, steps, guidance })
const engine = new StandInEngine({
  clock: systemClock,
  msPerMegapixelEvaluation: pictureMs / work,
})
const service = await createService({
  config,
  store: openStore(folder),
  engines: [engine],
  chats: [chat],
  clock: systemClock,
  ids: randomIds,
  log: createLog({ path: join(folder, 'load.log'), level: 'info', secrets: [] }),
  encodePicture: async (picture) => picture.pixels,
})
const { store, queue, events } = service.services
service.start()

const acknowledgedMs: number[] = []
const heapBytes: number[] = []
const shares: number[] = []
let done = 0
let busyFrom = { at: 0, busyMs: 0 }
let busyShare = 0

const finished = new Promise<void>((resolve) => {
  events.on((event) => {
    if (event.kind !== 'ended') return
    done++
    if (done === Math.floor(jobs * ASKING_SHARE)) busyFrom = { at: systemClock.now(), busyMs: queue.busyMs() }
    if (done % Math.ceil(jobs / 10) === 0) heapBytes.push(heapNow())
    if (done === Math.floor(jobs / 2)) shares.push(...sharesNow())
    if (queue.size() === 0 && busyShare === 0) {
      busyShare = (queue.busyMs() - busyFrom.busyMs) / (systemClock.now() - busyFrom.at)
    }
    if (done === jobs) resolve()
  })
})

const askEveryMs = pictureMs * ASKING_SHARE
for (let job = 0; job < jobs; job++) {
  void ask(job)
  await pause(askEveryMs)
}
await finished
await service.stop(10_000)
rmSync(folder, { recursive: true, force: true })

acknowledgedMs.sort((a, b) => a - b)
const result = {
  people,
  jobs,
  pictureMs,
  busyShare,
  fairness: jain(shares),
  acknowledgedP50Ms: acknowledgedMs[Math.floor(acknowledgedMs.length * 0.5)]!,
  acknowledgedP99Ms: acknowledgedMs[Math.floor(acknowledgedMs.length * 0.99)]!,
  heapMb: heapBytes.map((bytes) => Math.round(bytes / 2 ** 20)),
  heapGrowth: heapBytes.at(-1)! / Math.max(...heapBytes.slice(0, 5)),
}
const met =
  result.busyShare >= BARS.busyShare &&
  result.fairness >= BARS.fairness &&
  result.acknowledgedP99Ms <= BARS.acknowledgedP99Ms &&
  result.heapGrowth <= BARS.heapGrowth
console.log(JSON.stringify({ ...result, bars: BARS, met }, null, 2))
process.exitCode = met ? 0 : 1

async function ask(job: number): Promise<void> {
  const person = `person-${job % people}`
  const askedAt = performance.now()
  await service.core.dispatch(
    {
      key: `event-${job}`,
      command: 'imagine',
      values: { prompt: 'a fox in the snow', seed: job },
      from: { platform: 'load', id: person, name: person },
      address: { platform: 'load', chat: `room-${job % 50}`, route: null },
    },
    async () => {
      acknowledgedMs.push(performance.now() - askedAt)
      return { platform: 'load', ref: ++messages }
    },
  )
}

/** Engine time each person has had so far: it is what is shared, not the number of pictures. */
function sharesNow(): number[] {
  return Array.from({ length: people }, (_, index) => {
    const person = store.people.find('load', `person-${index}`)
    if (person === undefined) return 0
    return store.jobs.history({ person, limit: jobs }).reduce((sum, { computeMs = 0 }) => sum + computeMs, 0)
  })
}

/** 1 where all had the same, 1/n where one had all. */
function jain(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0)
  return sum ** 2 / (values.length * values.reduce((total, value) => total + value ** 2, 0))
}

function heapNow(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
