/** The whole service on Discord as a process of its own, with an engine that draws plain colours. It can be killed. */
import { createDiscord } from '../../adapters/discord/discord.ts'
import { encodePicture } from '../../engine/picture.ts'
import { type Clock, systemClock } from '../../src/clock.ts'
import { commandTable } from '../../src/commands/registry.ts'
import { readConfig } from '../../src/config.ts'
import { randomIds } from '../../src/ids.ts'
import { createLog } from '../../src/log.ts'
import { discordWords } from '../../src/messages/discord.ts'
import { createService } from '../../src/service.ts'
import { openStore } from '../../src/store/store.ts'
import { StandInEngine } from '../support/engine.ts'

// 64×64 in four steps takes some 300 ms: long enough to be killed meanwhile.
const MS_PER_MEGAPIXEL_EVALUATION = 20_000
// After a start a job without a message waits so long for its event to come again; Discord repeats none, so it is as well a second.
const WAIT_FOR_EVENT_MS = 10_000
const clock: Clock = {
  ...systemClock,
  after: (ms, call) => systemClock.after(ms === WAIT_FOR_EVENT_MS ? 1000 : ms, call),
}

const [folder, token, apiUrl] = process.argv.slice(2) as [string, string, string]
const store = openStore(folder)
const notes = store.notes.of('discord')
const log = createLog({ path: `${folder}/log.jsonl`, level: 'debug', secrets: [token] })
const discord = createDiscord({
  token,
  apiUrl,
  commands: commandTable(),
  words: discordWords,
  dataDir: folder,
  store: { read: () => notes.recall('memory')?.toString(), write: (text) => notes.note('memory', text) },
  clock: systemClock,
  log,
})
const before = () => void process.send?.('drawing')
const service = await createService({
  config: readConfig({ DATA_DIR: folder, MAX_WAITING: '1000', MAX_WAITING_CHAT: '1000', CREDITS_PER_DAY: '1000' }),
  store,
  engines: [new StandInEngine({ clock: systemClock, msPerMegapixelEvaluation: MS_PER_MEGAPIXEL_EVALUATION, before })],
  chats: [discord.chat],
  clock,
  ids: randomIds,
  log,
  encodePicture,
})
discord.start(service.core)
service.start()
process.on('SIGTERM', async () => {
  await service.stop(2_000, discord.stop)
  process.exit()
})
