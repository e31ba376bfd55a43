import { createDiscord } from '../../../adapters/discord/discord.ts'
import { systemClock } from '../../../src/clock.ts'
import { commandTable } from '../../../src/commands/registry.ts'
import { discordWords } from '../../../src/messages/discord.ts'
import type { Stage } from '../conversation.ts'
import { ADMIN, createStageHouse, type StageHouse } from '../stage-house.ts'
import { startDiscord } from './emulator.ts'

/** The whole service with the real Discord library, against the emulator. */
export async function createStage(): Promise<Stage> {
  const house = createStageHouse()
  const { discord, emulator } = await createDiscordSide(house)
  const admin = emulator.person(ADMIN)
  const { core } = await house.open([discord.chat], `discord:${admin.id}`)
  discord.start(core)
  return {
    platform: 'discord',
    engine: house.engine,
    person: (name, options) => (name === ADMIN ? admin : emulator.person(name, options)),
    async close() {
      await house.close(discord.stop)
      await emulator.close()
    },
  }
}

/** Discord's part of a house that may have other platforms too. */
export async function createDiscordSide(house: StageHouse) {
  const emulator = await startDiscord()
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
  return { discord, emulator }
}
