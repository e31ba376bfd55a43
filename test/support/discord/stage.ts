import { createDiscord } from '../../../adapters/discord/discord.ts'
import { systemClock } from '../../../src/clock.ts'
import { commandTable } from '../../../src/commands/registry.ts'
import { discordWords } from '../../../src/messages/discord.ts'
import type { Stage } from '../conversation.ts'
import { ADMIN, createStageHouse } from '../stage-house.ts'
import { startDiscord } from './emulator.ts'

/** The whole service with the real Discord library, against the emulator. */
export async function createStage(): Promise<Stage> {
  const house = createStageHouse()
  const emulator = await startDiscord()
  const admin = emulator.person(ADMIN)
  const notes = house.store.notes.of('discord')
  const discord = createDiscord({
    token: emulator.token,
    apiUrl: emulator.apiUrl,
    commands: commandTable(),
    words: discordWords,
    dataDir: house.folder,
    store: { read: () => notes.recall('memory')?.toString(), write: (text) => notes.note('memory', text) },
    clock: systemClock,
    log: { info: () => {}, warn: () => {}, error: () => {} },
  })
  const { core } = await house.open([discord.chat], `discord:${admin.id}`)
  await discord.start(core)
  return {
    platform: 'discord',
    person: (name, options) => (name === ADMIN ? admin : emulator.person(name, options)),
    async close() {
      await house.close(discord.stop)
      await emulator.close()
    },
  }
}
