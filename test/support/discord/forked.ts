/**
 * The emulator as a process of its own, for measuring: in one process a blocked event loop hides itself, because it blocks
 * the one who measures, too. Started by `forkDiscord` (fork.ts).
 */
import { setTimeout as pause } from 'node:timers/promises'
import { startDiscord } from './emulator.ts'
import type { FromEmulator, ToEmulator } from './fork.ts'
import type { Interaction } from './world.ts'

const discord = await startDiscord()
const tell = (message: FromEmulator) => process.send?.(message)

/** Each person asks once, evenly spread. Answers with the milliseconds until Discord had each first answer. */
async function load(people: number, overMs: number): Promise<void> {
  const asked: Interaction[] = []
  const startedAt = Date.now()
  for (let i = 0; i < people; i++) {
    await pause(Math.max(0, startedAt + (i * overMs) / people - Date.now()))
    const person = discord.person(`person ${i}`)
    await person.command('imagine', { prompt: `a red fox number ${i}`, seed: i })
    asked.push(person.last())
  }
  const answered = () => asked.every(({ answeredAt }) => answeredAt !== undefined) || undefined
  // Who is not answered by then never will be, and counts as having waited for ever.
  await discord.world.until(answered, () => 'all answers').catch(() => {})
  const latenciesMs = asked.map(({ madeAt, answeredAt = Number.MAX_SAFE_INTEGER }) => answeredAt - madeAt)
  tell({ kind: 'loaded', latenciesMs })
}

process.on('message', (message: ToEmulator) => {
  switch (message.kind) {
    case 'load':
      void load(message.people, message.overMs)
      return
    case 'close':
      void discord.close().then(() => process.exit())
      return
    default:
      message satisfies never
  }
})
tell({ kind: 'listening', apiUrl: discord.apiUrl, token: discord.token })
