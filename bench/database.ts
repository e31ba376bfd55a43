import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../src/clock.ts'
import { readConfig } from '../src/config.ts'
import { createQuota } from '../src/quota.ts'
import { createRefill } from '../src/refill.ts'
import { openDatabase } from '../src/store/database.ts'
import { createStore } from '../src/store/store.ts'

/**
 * Years of use: a million finished jobs with their money, posts and pictures, and a thousand waiting. Then what people
 * wait for is timed. `npm run bench:database`. Exit status 1 where the median of something takes
 * longer than the bar (the 99th percentile is shown beside it: on a busy machine it tells of the machine).
 */
const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '1000000' },
    people: { type: 'string', default: '5000' },
    repeats: { type: 'string', default: '200' },
  },
})
const jobs = Number(values.jobs)
const people = Number(values.people)
const repeats = Number(values.repeats)
const BAR_MS = 5
const WAITING = 1000
const WORDS = ['red', 'fox', 'snow', 'boat', 'harbour', 'dawn', 'moon', 'castle', 'robot', 'garden', 'rain', 'tiger']

const folder = mkdtempSync(join(tmpdir(), 'zimagine-database-'))
const path = join(folder, 'bench.db')
const db = openDatabase(path)
const store = createStore(db)
const now = systemClock.now()
const quota = createQuota({
  store,
  clock: systemClock,
  refill: createRefill(0, 'UTC'),
  defaults: { ...readConfig({}).terms, creditsPerDay: 1e9 },
})

fill()
const rows = [
  measure('take the next job', (index) => {
    const id = jobs + 1 + (index % WAITING)
    store.jobs.start(id, now)
    store.jobs.get(id)
    store.jobs.putBack(id, true)
  }),
  measure('accept a job', (index) => {
    const asker = { person: 1 + (index % people), platform: 'bench', chat: 'room' }
    store.jobs.countWaitingOf(asker.person)
    store.jobs.countWaitingIn('bench', 'room-1')
    store.jobs.countWaiting()
    store.jobs.byRecipe(`recipe-${index}`)
    store.transaction(() => {
      const job = store.jobs.add({ ...newJob(index), event: `bench:accept-${index}` }, now)
      quota.reserve(asker, job.id, job.cost)
      store.prompts.add(job.id, asker.person, job.prompt)
    })
  }),
  measure('/quota', (index) => quota.balance({ person: 1 + (index % people), platform: 'bench', chat: 'room' })),
  measure('/history', (index) => store.jobs.history({ person: 1 + (index % people), limit: 11 })),
  measure('/history, tenth page', (index) =>
    store.jobs.history({ person: 1 + (index % people), limit: 11, offset: 100 }),
  ),
  measure('/history fox snow', (index) =>
    store.prompts.search({ person: 1 + (index % people), words: 'fox sn', limit: 11 }),
  ),
  measure('/show by pixels', (index) =>
    store.pictures.byPixels(`hash-${index * 7}`, { person: 1, platform: 'bench', chat: 'room-1', admin: true }),
  ),
  measure('the outbox at start', () => store.posts.open()),
]
console.table(Object.fromEntries(rows.map(({ name, p50Ms, p99Ms }) => [name, { p50Ms, p99Ms }])))
const slow = rows.filter(({ p50Ms }) => p50Ms >= BAR_MS)
console.log(
  `${jobs} jobs of ${people} people, ${Math.round(statSync(path).size / 2 ** 20)} MB; bar ${BAR_MS} ms:`,
  slow.length === 0 ? 'met' : `missed by ${slow.map(({ name }) => name).join(', ')}`,
)
db.close()
rmSync(folder, { recursive: true, force: true })
process.exitCode = slow.length === 0 ? 0 : 1

function measure(name: string, act: (index: number) => void) {
  const tookMs = Array.from({ length: repeats }, (_, index) => {
    const from = performance.now()
    act(index)
    return performance.now() - from
  }).sort((a, b) => a - b)
  const at = (share: number) => Number(tookMs[Math.floor(tookMs.length * share)]!.toFixed(3))
  return { name, p50Ms: at(0.5), p99Ms: at(0.99) }
}

function newJob(index: number) {
  return {
    event: `bench:${index}`,
    person: 1 + (index % people),
    address: { platform: 'bench', chat: `room-${index % 100}`, route: null },
    prompt: `a ${WORDS[index % 12]} and a ${WORDS[(index * 7) % 12]} in the ${WORDS[(index * 5) % 12]}`,
    request: { prompt: 'a fox', widthPx: 1024, heightPx: 1024, steps: 8, guidance: 0, seed: index },
    private: false,
    language: 'en',
    priority: 0,
    weight: 1,
    cost: 1000,
  }
}

function fill(): void {
  // Nobody waits for this database: it need not survive a power cut while it is filled.
  db.pragma('synchronous = OFF')
  const chunk = 20_000
  for (let person = 0; person < people; person++) store.people.of('bench', `account-${person}`, `Person ${person}`, now)
  for (let from = 0; from < jobs; from += chunk) {
    store.transaction(() => {
      for (let index = from; index < Math.min(from + chunk, jobs); index++) finishedJob(index)
    })
  }
  store.transaction(() => {
    for (let index = 0; index < WAITING; index++)
      store.jobs.add({ ...newJob(index), event: `bench:waiting-${index}` }, now)
  })
  db.pragma('synchronous = FULL')
  db.pragma('wal_checkpoint(TRUNCATE)')
}

function finishedJob(index: number): void {
  // Spread over a year, so that today has its share of entries.
  const at = now - Math.floor(((jobs - index) / jobs) * 365 * 86_400_000)
  const job = store.jobs.add(newJob(index), at)
  const entry = { person: job.person, day: at - (at % 86_400_000), job: job.id, at, actor: 'bench' }
  store.ledger.add({ ...entry, kind: 'reserve', amount: -job.cost })
  store.ledger.add({ ...entry, kind: 'settle', amount: 0 })
  store.prompts.add(job.id, job.person, job.prompt)
  store.jobs.end(job.id, { state: 'succeeded', computeMs: 800, recipe: `recipe-${index}` }, at)
  store.pictures.add({
    job: job.id,
    position: 0,
    path: `pictures/${index}.png`,
    bytes: 1_000_000,
    pixelHash: `hash-${index}`,
    widthPx: 1024,
    heightPx: 1024,
    seed: index,
    createdAt: at,
  })
  store.posts.add(job.id, at)
  store.posts.close(job.id, 'posted', at)
}
