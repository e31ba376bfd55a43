import { createTelegram } from '../../../adapters/telegram/telegram.ts'
import { commandTable } from '../../../src/commands/registry.ts'
import { telegramWords } from '../../../src/messages/telegram.ts'
import { findOwnPictures } from '../../../src/own-pictures.ts'
import type { Actor, PersonOptions, Stage } from '../conversation.ts'
import { ADMIN, createStageHouse, type StageHouse } from '../stage-house.ts'
import { createActors } from './actors.ts'
import { TOKEN } from './bot.ts'
import { startEmulator } from './emulator.ts'
import { createHurry } from './hurry.ts'
import { createPeople } from './people.ts'

const GROUP = -1_001_000_000_001

/** The whole service with the real grammY, against the emulator: a group, and a private chat with everybody in it. */
export async function createStage(): Promise<Stage> {
  const house = createStageHouse()
  const side = await createTelegramSide(house)
  const { core } = await house.open([side.telegram.chat], `telegram:${side.admin.id}`)
  side.telegram.start(core)

  return {
    platform: 'telegram',
    engine: house.engine,
    person: (name, options) => (name === ADMIN ? side.admin : side.person(name, options)),
    async close() {
      await house.close(side.telegram.stop)
      await side.emulator.close()
    },
  }
}

/** Telegram's part of a house that may have other platforms too. `again` is the adapter of the next start. */
export async function createTelegramSide(house: StageHouse) {
  const clock = createHurry(Date.now())
  const emulator = await startEmulator({ token: TOKEN, now: clock.now })
  const { world } = emulator
  const group = createPeople(emulator).group(GROUP)
  // Only so may it answer one person alone.
  group.members.set(world.me.id, 'administrator')
  const { actor } = createActors(emulator, commandTable())
  const admin = person(ADMIN)
  const connect = () =>
    createTelegram({
      token: TOKEN,
      apiUrl: emulator.url,
      commands: commandTable(),
      owners: [admin.id],
      words: telegramWords,
      dataDir: house.folder,
      memory: { ...house.store.inbox.of('telegram', clock), ...house.store.notes.of('telegram') },
      findPictures: (account, words, limit) => findOwnPictures(house.store, 'telegram', account, words, limit),
      clock,
      log: { info: () => {}, warn: () => {}, error: () => {} },
    })
  return { telegram: connect(), again: connect, emulator, admin, person }

  function person(name: string, { locale, moderator, direct }: PersonOptions = {}): Actor {
    const user = world.addUser(name, locale)
    const room = world.privateRoom(user)
    group.members.set(user.id, moderator ? 'administrator' : 'member')
    return actor(user, direct ? room : group)
  }
}
