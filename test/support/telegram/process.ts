import { createTelegram } from '../../../adapters/telegram/telegram.ts'
import { encodePicture } from '../../../engine/picture.ts'
import type { Clock } from '../../../src/clock.ts'
import { commandTable } from '../../../src/commands/registry.ts'
import { readConfig } from '../../../src/config.ts'
import { randomIds } from '../../../src/ids.ts'
import { createLog } from '../../../src/log.ts'
import { telegramWords } from '../../../src/messages/telegram.ts'
import { createService } from '../../../src/service.ts'
import { openStore } from '../../../src/store/store.ts'
import { StandInEngine } from '../engine.ts'
import { haste } from './haste.ts'

/**
 * The whole service as a process of its own, for a test that kills it: data folder, API address, token, and `told` where the
 * engine makes as many steps as it is sent numbers of, else it makes them at once.
 */

const [dataDir, apiUrl, token, pace] = process.argv.slice(2) as [string, string, string, string]
const config = readConfig({ DATA_DIR: dataDir, TELEGRAM_TOKEN: token })
const store = openStore(dataDir)
const telegram = createTelegram({
  ...{ token, apiUrl, dataDir, words: telegramWords, clock: haste, owners: [], findPictures: () => [] },
  commands: commandTable(),
  memory: { ...store.inbox.of('telegram', haste), ...store.notes.of('telegram') },
  log: { info: () => {}, warn: () => {}, error: () => {} },
})
/** A busy machine is no faster for it: what others may take ten seconds for, they may take in the test, too. */
const patient: Clock = { ...haste, after: (ms, call) => (ms < 10_000 ? haste.after(ms, call) : realAfter(ms, call)) }
const service = await createService({
  ...{ config, store, clock: patient, ids: randomIds, encodePicture },
  engines: [new StandInEngine({ clock: pace === 'told' ? toldClock() : haste, msPerMegapixelEvaluation: 5000 })],
  chats: [telegram.chat],
  log: createLog({ path: `${dataDir}/log.jsonl`, level: 'debug', secrets: [] }),
})
telegram.start(service.core)
service.start()

function realAfter(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms)
  return () => clearTimeout(timer)
}

function toldClock(): Clock {
  let steps = 0
  let waiting: (() => void) | undefined
  const advance = () => {
    if (!waiting || steps === 0) return
    const call = waiting
    waiting = undefined
    steps--
    setImmediate(call)
  }
  process.on('message', (more: number) => {
    steps += more
    advance()
  })
  return {
    ...haste,
    after(_ms, call) {
      waiting = call
      advance()
      return () => {
        waiting = undefined
      }
    },
  }
}
