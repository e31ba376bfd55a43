import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startDiscord } from '../support/discord/emulator.ts'
import { temporaryFolder } from '../support/folder.ts'
import { CALLBACK, ORIGINAL, POST } from './routes.ts'

/** ann and bob on Discord, and a service that can be killed and started again over the same data. */
async function mortal() {
  const folder = temporaryFolder()
  const emulator = await startDiscord()
  let process = open()
  function open() {
    const child = fork(join(import.meta.dirname, 'house.ts'), [folder, emulator.token, emulator.apiUrl])
    onTestFinished(() => void child.kill('SIGKILL'))
    return child
  }
  onTestFinished(() => emulator.close())
  return {
    emulator,
    ann: emulator.person('ann'),
    bob: emulator.person('bob'),
    drawing: () => once(process, 'message'),
    until: (done: () => boolean, what: string) =>
      emulator.world.until(
        () => done() || undefined,
        () => what,
      ),
    /** Killed as by a power cut, and started again. What Discord held back then happens. */
    async killAndStart(): Promise<void> {
      const gone = once(process, 'exit')
      process.kill('SIGKILL')
      await gone
      emulator.faults.release()
      emulator.gateway.forgetSessions()
      process = open()
    },
  }
}

type Mortal = Awaited<ReturnType<typeof mortal>>

/** What is true after every kill: the picture is there once, and costs what bob pays for one in peace. */
async function expectOnePicture({ ann, bob, emulator }: Mortal): Promise<void> {
  await ann.sees(/a red fox[\s\S]*drawn in/u)
  await bob.command('imagine', { prompt: 'a blue whale' })
  await bob.sees(/a blue whale[\s\S]*drawn in/u)
  const shown = [...emulator.world.messages.values()].filter(({ content }) => content.includes('a red fox'))
  expect(shown.filter(({ attachments }) => attachments.length > 0)).toHaveLength(1)
  const left = async (who: typeof ann) => {
    await who.command('quota')
    return (await who.sees(/credits left/u)).text
  }
  expect(await left(ann)).toBe(await left(bob))
}

test('killed before Discord took the first answer', async () => {
  const all = await mortal()
  all.emulator.faults.plan('POST', CALLBACK, { kind: 'held' })
  await all.ann.command('imagine', { prompt: 'a red fox' })
  await all.until(() => all.emulator.faults.holding() === 1, 'the answer')
  await all.killAndStart()
  await expectOnePicture(all)
})

test('killed while a picture waits in line and another is drawn', async () => {
  const all = await mortal()
  await all.bob.command('imagine', { prompt: 'a green hill' })
  await all.drawing()
  await all.ann.command('imagine', { prompt: 'a red fox' })
  await all.ann.sees(/a red fox[\s\S]*In line/u)
  await all.killAndStart()
  await all.ann.sees(/a red fox[\s\S]*drawn in/u)
  await all.bob.sees(/a green hill[\s\S]*drawn in/u)
  const pictures = [...all.emulator.world.messages.values()].filter(({ attachments }) => attachments.length > 0)
  expect(pictures).toHaveLength(2)
  expect(all.emulator.world.messages.size).toBe(2)
})

test('killed while the picture is drawn', async () => {
  const all = await mortal()
  await all.ann.command('imagine', { prompt: 'a red fox' })
  await all.drawing()
  await all.ann.sees(/a red fox/u)
  await all.killAndStart()
  await expectOnePicture(all)
})

test('killed while the picture goes up', async () => {
  const all = await mortal()
  await all.ann.command('imagine', { prompt: 'a red fox' })
  await all.ann.sees(/a red fox/u)
  all.emulator.faults.plan('PATCH', ORIGINAL, { kind: 'held' })
  await all.until(() => all.emulator.faults.holding() === 1, 'the upload')
  await all.killAndStart()
  await expectOnePicture(all)
})

test('killed after the picture went up and before the answer came', async () => {
  const all = await mortal()
  await all.ann.command('imagine', { prompt: 'a red fox' })
  await all.ann.sees(/a red fox/u)
  all.emulator.faults.plan('PATCH', ORIGINAL, { kind: 'lost' })
  await all.ann.sees(/a red fox[\s\S]*drawn in/u)
  await all.killAndStart()
  await expectOnePicture(all)
})

test('killed while the picture is posted as a new message', async () => {
  const all = await mortal()
  await all.ann.command('imagine', { prompt: 'a red fox' })
  await all.ann.sees(/a red fox/u)
  all.emulator.world.messages.clear()
  all.emulator.faults.plan('POST', POST, { kind: 'held' })
  await all.until(() => all.emulator.faults.holding() === 1, 'the post')
  await all.killAndStart()
  await expectOnePicture(all)
})

test('killed after Discord took the answer to a press and before that was known', async () => {
  const all = await mortal()
  const { ann, emulator } = all
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.sees(/a red fox[\s\S]*drawn in/u)
  emulator.faults.plan('POST', CALLBACK, { kind: 'lost' })
  emulator.faults.plan('POST', CALLBACK, { kind: 'held' })
  await ann.press(/Again/u)
  await all.until(() => emulator.faults.holding() === 1, 'the answer once more')
  await all.killAndStart()
  await all.until(
    () => [...emulator.world.messages.values()].every(({ attachments }) => attachments.length === 1),
    'both',
  )
  expect(emulator.world.messages.size).toBe(2)
})
