import { expect, test } from 'vitest'
import type { ChatError } from '../../src/chat.ts'
import { CALLBACK, FOLLOW_UP, ORIGINAL, POST } from './routes.ts'
import { setting } from './setting.ts'
import { EXPIRED_MS, waiting } from './waiting.ts'

/** What the chat's promise rejected with. */
const faultOf = (promise: Promise<unknown>): Promise<ChatError> =>
  promise.then(
    () => expect.unreachable('expected a refusal, got a success'),
    (error: ChatError) => error,
  )

test('an acknowledgement cut by a reset socket is sent again', async () => {
  const { emulator, failures } = await setting()
  const ann = emulator.person('ann')
  emulator.faults.plan('POST', CALLBACK, { kind: 'reset' }, 2)
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.sees(/hello/u)
  expect(failures).toEqual([])
})

test('an acknowledgement whose answer was lost is shown once, and goes on', async () => {
  const { emulator, failures, core, discord } = await setting()
  core(async (_, respond) => {
    const ref = await respond({ text: ['queued'] })
    await discord.chat.update(ref!, { text: ['done'] })
  })
  const ann = emulator.person('ann')
  emulator.faults.plan('POST', CALLBACK, { kind: 'lost' })
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.sees(/done/u)
  expect(failures).toEqual([])
  expect(emulator.world.messages.size).toBe(1)
})

test('an acknowledgement that is not answered within a second is sent again', async () => {
  const { emulator, clock, until, failures } = await setting()
  const ann = emulator.person('ann')
  emulator.faults.plan('POST', CALLBACK, { kind: 'held' })
  await ann.command('imagine', { prompt: 'a red fox' })
  await until(() => emulator.faults.holding() === 1, 'the first attempt')
  clock.skip(1_000)
  await ann.sees(/hello/u)
  emulator.faults.release()
  expect(failures).toEqual([])
})

test('a deferral whose answer was lost is no obstacle to the picture', async () => {
  const { emulator, core, picture } = await setting()
  const shown = await picture('fox.png')
  core(() => ({ text: ['done'], pictures: [shown] }))
  const ann = emulator.person('ann')
  emulator.faults.plan('POST', CALLBACK, { kind: 'lost' })
  await ann.command('imagine', { prompt: 'a red fox' })
  expect((await ann.sees(/done/u)).pictures).toHaveLength(1)
})

test('an acknowledgement that Discord is too busy for is sent again in time', async () => {
  const { emulator, failures } = await setting()
  const ann = emulator.person('ann')
  emulator.faults.plan('POST', CALLBACK, { kind: 'status', status: 503 })
  emulator.faults.plan('POST', CALLBACK, { kind: 'status', status: 429, retryAfterSeconds: 0.2 })
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.sees(/hello/u)
  expect(failures).toEqual([])
})

test('an acknowledgement that comes too late tells the core that nothing was shown', async () => {
  const { emulator, failures, until } = await setting()
  const ann = emulator.person('ann')
  emulator.faults.plan('POST', CALLBACK, { kind: 'status', status: 429, retryAfterSeconds: 60 })
  await ann.command('imagine', { prompt: 'a red fox' })
  await until(() => failures.length === 1, 'the refusal')
  expect(failures[0]).toMatchObject({ code: 'later', retryAfterMs: expect.toSatisfy((ms) => ms >= 60_000) })
})

test('a first answer that Discord refuses is not tried again', async () => {
  const { emulator, failures, until } = await setting()
  const ann = emulator.person('ann')
  emulator.faults.plan('POST', CALLBACK, { kind: 'status', status: 400, code: 50_035 })
  await ann.command('imagine', { prompt: 'a red fox' })
  await until(() => failures.length === 1 || ann.last().answeredAt !== undefined, 'the end')
  expect(failures).toMatchObject([{ code: 'refused' }])
})

test('a picture that Discord is too busy for comes after a while all the same', async () => {
  const { emulator, core, picture } = await setting()
  const shown = await picture('fox.png')
  core(() => ({ text: ['done'], pictures: [shown] }))
  const ann = emulator.person('ann')
  emulator.faults.plan('PATCH', ORIGINAL, { kind: 'status', status: 503 })
  emulator.faults.plan('PATCH', ORIGINAL, { kind: 'lost' })
  await ann.command('imagine', { prompt: 'a red fox' })
  expect((await ann.sees(/done/u)).pictures).toHaveLength(1)
})

test('what Discord takes only after a while is sent no sooner', async () => {
  const { emulator, core, clock, deferred } = await setting()
  const slow = Promise.withResolvers<void>()
  core(async (_, respond) => {
    await slow.promise
    await respond({ text: ['done'] })
  })
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  await deferred(ann, 1)
  const paused = Promise.withResolvers<number>()
  const { after } = clock
  clock.after = (ms, call) => {
    paused.resolve(ms)
    return after(ms, call)
  }
  emulator.faults.plan('PATCH', ORIGINAL, { kind: 'status', status: 429, retryAfterSeconds: 20 })
  slow.resolve()
  expect(await paused.promise).toBeGreaterThanOrEqual(20_000)
})

test('one interaction that Discord delivers twice is one command, until its token is dead', async () => {
  const { emulator, received, clock, until } = await setting()
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.sees(/hello/u)
  emulator.gateway.interaction(ann.last().payload)
  await ann.command('imagine', { prompt: 'a blue fox' })
  await emulator.world.until(
    () => received[1],
    () => 'the next command',
  )
  expect(received.map(({ values }) => values?.prompt)).toEqual(['a red fox', 'a blue fox'])
  clock.skip(EXPIRED_MS)
  emulator.gateway.interaction(ann.last().payload)
  await until(() => received.length === 3, 'what was forgotten')
})

for (const status of [429, 500, 502, 503]) {
  test(`${status} on an edit means later`, async () => {
    const { emulator, show, ann } = await waiting()
    emulator.faults.plan('PATCH', ORIGINAL, { kind: 'status', status, retryAfterSeconds: 3 })
    const fault = await faultOf(show({ text: ['done'] }))
    expect(fault.code).toBe('later')
    if (status === 429) return expect(fault.retryAfterMs).toBeGreaterThanOrEqual(3_000)
    await show({ text: ['done'] })
    await ann.sees(/done/u)
  })

  test(`${status} on a post means later, and it is posted once`, async () => {
    const { emulator, discord, address, clock } = await waiting()
    clock.skip(EXPIRED_MS)
    emulator.faults.plan('POST', POST, { kind: 'status', status, retryAfterSeconds: 3 })
    const fault = await faultOf(discord.chat.post(address, { text: ['done'] }, 'job-1'))
    expect(fault.code).toBe('later')
    expect(emulator.world.messages.size).toBe(1)
  })

  test(`${status} on a follow-up means later`, async () => {
    const { emulator, discord, address } = await waiting()
    emulator.faults.plan('POST', FOLLOW_UP, { kind: 'status', status, retryAfterSeconds: 3 })
    const fault = await faultOf(discord.chat.post(address, { text: ['done'], private: true }, 'job-1'))
    expect(fault.code).toBe('later')
  })

  test(`${status} on opening a direct message means later`, async () => {
    const { emulator, discord, address, clock } = await waiting()
    clock.skip(EXPIRED_MS)
    emulator.faults.plan('POST', /@me\/channels$/u, { kind: 'status', status, retryAfterSeconds: 3 })
    const fault = await faultOf(discord.chat.post(address, { text: ['done'], private: true }, 'job-1'))
    expect(fault.code).toBe('later')
  })
}

test.each([40_003, 40_004])('a refusal with code %i means later: Discord wants us slower', async (code) => {
  const { emulator, discord, address, clock } = await waiting()
  clock.skip(EXPIRED_MS)
  emulator.faults.plan('POST', /@me\/channels$/u, { kind: 'status', status: 403, code })
  const fault = await faultOf(discord.chat.post(address, { text: ['done'], private: true }, 'job-1'))
  expect(fault).toMatchObject({ code: 'later', retryAfterMs: 60_000 })
})

test.each([
  [401, 40_001, 'a bot token that is to be mended'],
  [403, 40_333, 'Cloudflare'],
])('%i with code %i, %s, lets the result wait', async (status, code) => {
  const { emulator, discord, address, clock } = await waiting()
  clock.skip(EXPIRED_MS)
  emulator.faults.plan('POST', POST, { kind: 'status', status, code }, 2)
  expect((await faultOf(discord.chat.post(address, { text: ['done'] }, 'job-1'))).code).toBe('later')
})

for (const status of [200, 302, 403, 404, 407, 429, 502]) {
  test(`a page with status ${status} of a server in front of Discord means later, wherever it comes`, async () => {
    const { emulator, discord, address, show, ann } = await waiting()
    const page = { kind: 'page', status } as const
    emulator.faults.plan('PATCH', ORIGINAL, page)
    expect((await faultOf(show({ text: ['done'] }))).code).toBe('later')
    emulator.faults.plan('POST', FOLLOW_UP, page)
    expect((await faultOf(discord.chat.post(address, { text: ['done'], private: true }, 'job-1'))).code).toBe('later')
    await show({ text: ['done'] })
    await ann.sees(/done/u)
  })
}

test('a page before the first answer gets through is waited out', async () => {
  const { emulator, failures } = await setting()
  const ann = emulator.person('ann')
  emulator.faults.plan('POST', CALLBACK, { kind: 'page', status: 200 })
  emulator.faults.plan('POST', CALLBACK, { kind: 'page', status: 403 })
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.sees(/hello/u)
  expect(failures).toEqual([])
})

test('a time to wait that is no number is a second', async () => {
  const { emulator, show } = await waiting()
  const answers: readonly Record<string, string>[] = [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, {}]
  for (const headers of answers) {
    emulator.faults.plan('PATCH', ORIGINAL, { kind: 'page', status: 429, headers })
    expect(await faultOf(show({ text: ['done'] }))).toMatchObject({ code: 'later', retryAfterMs: 1000 })
  }
})

test('a follow-up that never left is no doubt', async () => {
  const { emulator, discord, address } = await waiting()
  const end = await emulator.outage()
  expect((await faultOf(discord.chat.post(address, { text: ['done'], private: true }, 'job-1'))).code).toBe('later')
  await end()
})

test('an interaction that lacks what the library would like is answered all the same', async () => {
  const { emulator } = await setting()
  const ann = emulator.person('ann')
  for (const nothing of [null, {}]) emulator.gateway.interaction(nothing)
  const missing = { entitlements: undefined, authorizing_integration_owners: undefined, app_permissions: undefined }
  ann.next({ ...missing, channel: null })
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.sees(/hello/u)
})

test('edits faster than Discord takes them are told when to come again', async () => {
  const { show, ann } = await waiting()
  for (let step = 1; step <= 5; step++) await show({ text: [`step ${step}`] })
  const fault = await faultOf(show({ text: ['step 6'] }))
  expect(fault.code).toBe('later')
  expect(fault.retryAfterMs).toBeGreaterThan(0)
  expect(fault.retryAfterMs).toBeLessThan(6_000)
  await ann.sees(/step 5/u)
})

test('a post whose answer was lost and that is repeated is one message', async () => {
  const { emulator, discord, address, clock } = await waiting()
  clock.skip(EXPIRED_MS)
  emulator.faults.plan('POST', POST, { kind: 'lost' })
  expect((await faultOf(discord.chat.post(address, { text: ['done'] }, 'job-1'))).code).toBe('later')
  await discord.chat.post(address, { text: ['done'] }, 'job-1')
  expect([...emulator.world.messages.values()].filter(({ content }) => content.includes('done'))).toHaveLength(1)
})

test('two results are two messages, also where a new database counts its jobs anew', async () => {
  const { emulator, core, discord, received, address, ann, clock, until } = await waiting()
  core(() => ({ text: ['back again'] }))
  await ann.command('imagine', { prompt: 'a blue fox' })
  await until(() => received.length === 2, 'the second command')
  clock.skip(EXPIRED_MS)
  await discord.chat.post(address, { text: ['done'] }, 'job-1')
  await discord.chat.post(received[1]!.address, { text: ['done, too'] }, 'job-1')
  expect([...emulator.world.messages.values()].filter(({ content }) => content.includes('done'))).toHaveLength(2)
})

test('a private post whose answer was lost is not repeated blindly', async () => {
  const { emulator, discord, address } = await waiting()
  emulator.faults.plan('POST', FOLLOW_UP, { kind: 'lost' })
  const fault = await faultOf(discord.chat.post(address, { text: ['done'], private: true }, 'job-1'))
  expect(fault.code).toBe('doubtful')
})

test('a word to one person that was lost on its way is said again', async () => {
  const { emulator, core, failures, deferred } = await setting()
  const heard = Promise.withResolvers<void>()
  core(async (_, respond) => {
    await heard.promise
    await respond({ text: ['no credits left'], private: true })
  })
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  await deferred(ann, 1)
  emulator.faults.plan('POST', FOLLOW_UP, { kind: 'reset' })
  heard.resolve()
  expect((await ann.sees(/no credits/u)).private).toBe(true)
  expect(failures).toEqual([])
})

test("a job's place in line that was lost on its way is not said again: its result comes all the same", async () => {
  const { emulator, core, received, deferred, until } = await setting()
  const ann = emulator.person('ann')
  core(() => ({ text: ['done'], buttons: [[{ id: 'again:7', label: 'Again' }]] }))
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.sees(/done/u)
  const heard = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<unknown>()
  core(async (_, respond) => {
    await heard.promise
    await respond({ text: ['queued'], job: 8, working: true }).catch(answered.resolve)
  })
  await ann.press('Again')
  await until(() => received.length === 2, 'the press')
  await deferred(ann, 2)
  emulator.faults.plan('POST', FOLLOW_UP, { kind: 'reset' })
  heard.resolve()
  expect(await answered.promise).toMatchObject({ code: 'doubtful' })
})

test('errors hold no token', async () => {
  const { emulator, show, ann } = await waiting()
  emulator.faults.plan('PATCH', ORIGINAL, { kind: 'status', status: 400, code: 50_035 })
  const fault = await faultOf(show({ text: ['done'] }))
  expect(fault.code).toBe('refused')
  const told = JSON.stringify([fault, fault.message, fault.stack, fault.cause])
  expect(told).not.toContain(ann.last().token)
})
