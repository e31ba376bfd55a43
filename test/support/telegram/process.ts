import { createTelegram } from '../../../adapters/telegram/telegram.ts'
import { encodePicture } from '../../../engine/picture.ts'
import { commandTable } from '../../../src/commands/registry.ts'
import { readConfig } from '../../../src/config.ts'
import { randomIds } from '../../../src/ids.ts'
import { createLog } from '../../../src/log.ts'
import { telegramWords } from '../../../src/messages/telegram.ts'
import { createService } from '../../../src/service.ts'
import { openStore } from '../../../src/store/store.ts'
import { StandInEngine } from '../engine.ts'
import { haste } from './haste.ts'

/** The whole service as a process of its own, for a test that kills it: data folder, API address, token, engine speed. */

const [dataDir, apiUrl, token, msPerMegapixelEvaluation] = process.argv.slice(2) as [string, string, string, string]
const config = readConfig({ DATA_DIR: dataDir, TELEGRAM_TOKEN: token })
const store = openStore(dataDir)
const telegram = createTelegram({
  ...{ token, apiUrl, dataDir, words: telegramWords, clock: haste, owners: [], findPictures: () => [] },
  commands: commandTable(),
  memory: { ...store.inbox.of('telegram', haste), ...store.notes.of('telegram') },
  log: { info: () => {}, warn: () => {}, error: () => {} },
})
const service = await createService({
  ...{ config, store, clock: haste, ids: randomIds, encodePicture },
  engines: [new StandInEngine({ clock: haste, msPerMegapixelEvaluation: Number(msPerMegapixelEvaluation) })],
  chats: [telegram.chat],
  log: createLog({ path: `${dataDir}/log.jsonl`, level: 'debug', secrets: [] }),
})
await telegram.start(service.core)
service.start()
