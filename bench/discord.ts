/**
 * Measures how long Discord waits for a first answer while the engine computes: 500 people ask within 10 s for pictures of
 * the default model, then 500 at once; Discord is an emulator in its own process. Prints the quantiles, writes
 * bench/results/discord.json, and fails where the 99th of the former is above 300 ms: Discord gives up after 3 s, and the way there
 * and back is not in this figure.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createDiscord } from '../adapters/discord/discord.ts'
import { createEngine } from '../engine/client.ts'
import { encodePicture } from '../engine/picture.ts'
import { systemClock } from '../src/clock.ts'
import { commandTable } from '../src/commands/registry.ts'
import { readConfig } from '../src/config.ts'
import { randomIds } from '../src/ids.ts'
import { createLog } from '../src/log.ts'
import { discordWords } from '../src/messages/discord.ts'
import { createService } from '../src/service.ts'
import { openStore } from '../src/store/store.ts'
import { forkDiscord } from '../test/support/discord/fork.ts'
import { writeResults } from './results.ts'

const PEOPLE = 500
const OVER_MS = 10_000
// The process, its connections and the engine start with these.
const COLD = 50
const COLD_MS = 1_000
const LIMIT_MS = 300
const STOP_MS = 5_000
const NANOSECONDS_PER_MS = 1e6

const folder = mkdtempSync(join(tmpdir(), 'zimagine-bench-'))
const emulator = await forkDiscord()
const config = readConfig({
  DATA_DIR: folder,
  MODEL: join(import.meta.dirname, '..', 'models', 'default'),
  DEVICE: 'cpu',
  MAX_WAITING_CHAT: String(3 * PEOPLE),
  MAX_WAITING_HOUSE: String(3 * PEOPLE),
})
const log = createLog({ path: join(folder, 'log.jsonl'), level: 'warn', secrets: [emulator.token] })
const store = openStore(folder)
const notes = store.notes.of('discord')
const discord = createDiscord({
  token: emulator.token,
  apiUrl: emulator.apiUrl,
  commands: commandTable(),
  words: discordWords,
  dataDir: folder,
  store: { read: () => notes.recall('memory')?.toString(), write: (text) => notes.note('memory', text) },
  clock: systemClock,
  log,
})
const engine = createEngine({ model: config.modelDir, ...config.devices[0]! })
const chats = [discord.chat]
const service = await createService({
  config,
  store,
  engines: [engine],
  chats,
  clock: systemClock,
  ids: randomIds,
  log,
  encodePicture,
})
discord.start(service.core)
service.start()

const cold = await measure('the first 50, cold', COLD, COLD_MS)
const warm = await measure('spread over 10 s', PEOPLE, OVER_MS)
const results = [cold, warm, await measure('all at once', PEOPLE, 0)]
console.table(results)
await writeResults('discord', results)

await service.stop(STOP_MS, discord.stop)
await emulator.close()
rmSync(folder, { recursive: true, force: true })
// The Discord library may still hold a timer.
process.exit(warm.p99Ms <= LIMIT_MS ? 0 : 1)

/** Each of so many people asks once. The engine computes before, meanwhile and after. */
async function measure(how: string, people: number, overMs: number) {
  const loop = monitorEventLoopDelay({ resolution: 1 })
  loop.enable()
  const latenciesMs = (await emulator.load(people, overMs)).toSorted((a, b) => a - b)
  loop.disable()
  const quantile = (share: number) => latenciesMs[Math.ceil(share * latenciesMs.length) - 1]!
  return {
    how,
    interactions: latenciesMs.length,
    medianMs: quantile(0.5),
    p99Ms: quantile(0.99),
    slowestMs: quantile(1),
    eventLoopP99Ms: Number((loop.percentile(99) / NANOSECONDS_PER_MS).toFixed(1)),
    waitingAfterwards: store.jobs.countWaiting(),
  }
}
