import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { createTelegram, type TelegramOptions } from '../../../adapters/telegram/telegram.ts'
import type { Incoming, View, ViewPicture } from '../../../src/chat.ts'
import type { CommandInfo } from '../../../src/commands/command.ts'
import { telegramWords } from '../../../src/messages/telegram.ts'
import { temporaryFolder } from '../folder.ts'
import { type Emulator, startEmulator } from './emulator.ts'
import { createHurry, type Hurry } from './hurry.ts'
import { createTestMemory, type TestMemory } from './memory.ts'
import { createPeople } from './people.ts'
import { createScriptedCore } from './scripted-core.ts'

/** No secret, but looked for like one. */
export const TOKEN = '7000001:marker-of-the-token_that-must-never-be-seen'

const both = (text: string) => ({ en: text, zh: text })
const command = (name: string, more: Partial<CommandInfo> = {}): CommandInfo => ({
  name,
  label: both(name),
  description: { en: `does ${name}`, zh: `执行 ${name}` },
  params: [],
  access: 'everyone',
  ...more,
})

const testCommands: readonly CommandInfo[] = [
  command('imagine', { label: { en: 'imagine', zh: '画图' } }),
  command('help'),
  command('show', { onPicture: both('Reproduce this') }),
  command('again', { hidden: true }),
  command('moderate', { label: { en: 'moderate', zh: '管理' }, access: 'moderator' }),
  command('admin', { label: { en: 'admin', zh: '管理员' }, access: 'admin' }),
]

export type TestBot = Awaited<ReturnType<typeof startBot>>

type AnswerWith = (incoming: Incoming) => View | Promise<View>

/** What an earlier bot leaves behind: Telegram's side, the time, and what was remembered. */
interface Before {
  readonly emulator: Emulator
  readonly clock: Hurry
  readonly memory: TestMemory
}

/** The adapter with the real grammY, connected to an emulator and a core that answers as the test says. */
export async function startBot(answer: AnswerWith, options: Partial<TelegramOptions> = {}, before?: Before) {
  const clock = before?.clock ?? createHurry()
  const emulator = before?.emulator ?? (await startEmulator({ token: TOKEN, now: clock.now }))
  const memory = before?.memory ?? createTestMemory()
  const dataDir = temporaryFolder()
  const logged: string[] = []
  const write = (level: string) => (details: object, message: string) => {
    logged.push(JSON.stringify({ level, ...details, message }))
  }
  const log = { info: write('info'), warn: write('warn'), error: write('error') }
  const scripted = createScriptedCore(answer)
  const telegram = createTelegram({
    ...{ token: TOKEN, apiUrl: emulator.url, commands: testCommands, owners: [], dataDir, memory, clock, log },
    ...{ words: telegramWords, findPictures: () => [] },
    ...options,
  })
  telegram.start(scripted.core)

  return {
    ...{ telegram, chat: telegram.chat, emulator, clock, memory, dataDir, logged, people: createPeople(emulator) },
    ...{
      world: emulator.world,
      until: emulator.world.until,
      hears: scripted.hears,
      heard: scripted.heard,
      moves: scripted.moves,
    },

    /** Writes a real picture below the data folder. */
    async picture(name: string, widthPx = 64, heightPx = 64): Promise<ViewPicture> {
      const red = name.length * 20
      const create = { width: widthPx, height: heightPx, channels: 3, background: { r: red, g: 9, b: 9 } } as const
      writeFileSync(join(dataDir, name), await sharp({ create }).png().toBuffer())
      return { path: name, name, widthPx, heightPx, alt: name }
    },
    async close() {
      await telegram.stop()
      await emulator.close()
    },
  }
}
