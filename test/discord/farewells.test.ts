import { expect, test } from 'vitest'
import { waiting } from './waiting.ts'

test('who still waits is told before the token dies where the picture will come', async () => {
  const { ann, clock } = await waiting()
  clock.skip(13 * 60_000)
  await ann.sees(/queued\n.*new message in this channel/u)
})

test('who waits where the bot may not post is told that it comes as a direct message', async () => {
  const { ann, clock } = await waiting({ fields: { app_permissions: '0' } })
  clock.skip(13 * 60_000)
  await ann.sees(/queued\n.*direct message/u)
})

test('an announcement that Discord is too busy for is made a little later', async () => {
  const { ann, clock, emulator } = await waiting()
  const planned = Promise.withResolvers<void>()
  const { after } = clock
  clock.after = (ms, call) => {
    const forget = after(ms, call)
    if (ms === 15_000) planned.resolve()
    return forget
  }
  emulator.faults.plan('PATCH', /./u, { kind: 'status', status: 503 })
  clock.skip(13 * 60_000)
  await planned.promise
  clock.skip(15_000)
  await ann.sees(/queued\n.*new message in this channel/u)
})

test('an announcement that Discord refuses is not made again', async () => {
  const { ann, clock, core, emulator, until } = await waiting()
  const planned: number[] = []
  const { after } = clock
  clock.after = (ms, call) => {
    planned.push(ms)
    return after(ms, call)
  }
  emulator.faults.plan('PATCH', /./u, { kind: 'status', status: 400, code: 50_035 })
  clock.skip(13 * 60_000)
  await until(() => emulator.requests.some(({ status }) => status === 400), 'the refusal')
  core(() => ({ text: ['back again'] }))
  await ann.command('imagine', { prompt: 'a blue fox' })
  await ann.sees(/back again/u)
  expect(planned).not.toContain(15_000)
})

test('progress keeps the announcement, and the result drops it', async () => {
  const { ann, clock, show, finish } = await waiting()
  clock.skip(13.5 * 60_000)
  await show({ text: ['step 3/8'], working: true })
  await ann.sees(/step 3\/8\n.*new message/u)
  await finish()
  expect((await ann.sees(/done/u)).text).toBe('done')
})

test('an announcement never takes the place of a result that is on its way', async () => {
  const { ann, clock, show, finish, emulator, until } = await waiting()
  emulator.faults.plan('PATCH', /./u, { kind: 'held' })
  const finished = finish()
  await until(() => emulator.faults.holding() === 1, 'the result')
  clock.skip(13 * 60_000)
  emulator.faults.release()
  await finished
  await show({ text: ['deleted'] })
  expect(emulator.world.messages.get((await ann.sees(/deleted/u)).id)!.edits).toBe(2)
})

test('nothing is announced under a message that waits for nothing', async () => {
  const { ann, clock, finish, emulator } = await waiting()
  await finish()
  const { id } = await ann.sees(/done/u)
  clock.skip(13 * 60_000)
  expect(emulator.world.messages.get(id)!.edits).toBe(1)
})
