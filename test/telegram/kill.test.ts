import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runDoctor } from '../../src/doctor.ts'
import { openStore } from '../../src/store/store.ts'
import { TOKEN } from '../support/telegram/bot.ts'
import { type Emulator, startEmulator } from '../support/telegram/emulator.ts'
import { haste } from '../support/telegram/haste.ts'
import { createPeople } from '../support/telegram/people.ts'

let emulator: Emulator
let folder: string
let child: ChildProcess | undefined

beforeEach(async () => {
  emulator = await startEmulator({ token: TOKEN, now: haste.now })
  folder = mkdtempSync(join(tmpdir(), 'zimagine-kill-'))
})
afterEach(async () => {
  await kill()
  await emulator.close()
  rmSync(folder, { recursive: true })
})

function start(pace: 'at once' | 'told'): void {
  const script = join(import.meta.dirname, '../support/telegram/process.ts')
  child = fork(script, [folder, emulator.url, TOKEN, pace])
}

async function kill(): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const over = once(child, 'exit')
  child.kill('SIGKILL')
  await over
}

interface Moment {
  readonly moment: string
  readonly method: string
  readonly kind: 'cut' | 'lose-answer'
  /** A call that may be under way at that moment, and is kept from doing anything. */
  readonly held?: string
  /** Of the picture's four steps, made once its message is there; without it they are made at once. */
  readonly steps?: number
  readonly messages: number
}

const moments: readonly Moment[] = [
  {
    ...{ moment: 'before the update is confirmed', method: 'getUpdates', kind: 'cut', held: 'sendMessage' },
    messages: 1,
  },
  { moment: 'before the first message is sent', method: 'sendMessage', kind: 'cut', messages: 1 },
  // Nobody can tell whether a message whose answer was lost is there: it is said again.
  { moment: 'after the first message is sent', method: 'sendMessage', kind: 'lose-answer', messages: 2 },
  { moment: 'while the picture is computed', method: 'editMessageText', kind: 'cut', steps: 1, messages: 1 },
  { moment: 'before the picture is shown', method: 'editMessageMedia', kind: 'cut', steps: 4, messages: 1 },
  { moment: 'after the picture is shown', method: 'editMessageMedia', kind: 'lose-answer', steps: 4, messages: 1 },
]

test.each(moments)('killed $moment, the picture comes once and is charged once', async (moment) => {
  const ada = emulator.world.addUser('Ada')
  const room = emulator.world.privateRoom(ada)
  start(moment.steps ? 'told' : 'at once')
  await emulator.world.until(() => emulator.updates.isPolled())
  emulator.faults.plan(moment.method, { kind: moment.kind, meanwhile: () => child!.kill('SIGKILL') })
  if (moment.held) emulator.faults.plan(moment.held, { kind: 'hang' })
  createPeople(emulator).say(ada, room, 'a red fox')
  const over = once(child!, 'exit')
  if (moment.steps) {
    await emulator.world.until(() => [...room.messages.values()].some(({ message }) => message.from?.is_bot))
    child!.send(moment.steps, () => {}) // it may be gone by now
  }
  await over
  if (moment.held) emulator.faults.take(moment.held)

  start('at once')
  await emulator.world.until(
    () => emulator.updates.waiting() === 0 && [...room.messages.values()].some(({ message }) => message.photo),
  )
  await emulator.world.until(() => emulator.updates.isPolled())
  await kill()

  const answers = [...room.messages.values()].filter(({ message }) => message.from?.is_bot)
  expect(answers).toHaveLength(moment.messages)
  expect(answers.filter(({ message }) => message.photo)).toHaveLength(1)
  expect(runDoctor(folder, () => {})).toBe(true)
  const store = openStore(folder)
  const person = store.people.find('telegram', String(ada.id))!
  const jobs = store.jobs.history({ person, limit: 10 })
  expect(jobs.map(({ prompt, state }) => [prompt, state])).toEqual([['a red fox', 'succeeded']])
  store.close()
})
