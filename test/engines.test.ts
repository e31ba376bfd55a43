import { expect, test } from 'vitest'
import { EngineError } from '../engine/engine.ts'
import { showJob } from '../src/commands/job-view.ts'
import { healthOfHouse } from '../src/health.ts'
import { plain } from '../src/messages/text.ts'
import { createHouse, type House, PICTURE_MS } from './support/house.ts'
import { createSpeaker } from './support/speaker.ts'

const LOAD_MS = 12_000
const NO_DEVICE = new EngineError('no-device', 'expected a working cuda device, found none')

/** After a picture: how long one takes is known. */
async function measured(options: Parameters<typeof createHouse>[0] = {}): Promise<House> {
  const house = await createHouse({ engine: () => ({ info: { loadMs: LOAD_MS } }), ...options })
  const first = await house.ask({ seed: 999 })
  await house.clock.pass(PICTURE_MS)
  await house.told(first.id)
  return house
}

const status = (house: House, id: number) => house.services.queue.status(house.job(id))
const shown = (house: House, id: number) => plain(showJob(house.services, house.job(id)).text)

test('with two engines, place and time left count both', async () => {
  const house = await measured({ engines: 2 })
  const [first] = [await house.ask()]
  await house.clock.pass(PICTURE_MS / 2)
  await house.ask({ from: 'bob' })
  const waiting = [await house.ask(), await house.ask(), await house.ask()]
  // The first engine is free in half a second, the second in one.
  expect(status(house, first!.id)).toMatchObject({ leftMs: 500 })
  expect(waiting.map(({ id }) => status(house, id))).toMatchObject([
    { place: 1, leftMs: 1500 },
    { place: 2, leftMs: 2000 },
    { place: 3, leftMs: 2500 },
  ])
  expect(house.services.queue.totalLeftMs()).toBe(2500)
})

test('an engine that cannot be loaded is missing and told, and the other draws', async () => {
  const house = await createHouse({
    engines: 2,
    engine: (index) => (index === 0 ? { name: 'cuda:0', missing: NO_DEVICE } : { name: 'cuda:1' }),
  })
  const jobs = [await house.ask(), await house.ask()]
  expect(house.services.queue.running()).toHaveLength(1)
  await house.clock.pass(2 * PICTURE_MS)
  for (const { id } of jobs) await house.becomes(id, 'succeeded')
  expect(house.services.engines.statuses()).toMatchObject([
    { number: 1, name: 'cuda:0', state: 'missing', reason: NO_DEVICE.message },
    { number: 2, name: 'cuda:1', state: 'awake', reason: undefined },
  ])
  const about = await createSpeaker(house).hears('about')
  expect(about).toMatch(/is not working on cuda:0 right now[\s\S]*runs on cuda:1\./u)
  expect(about).not.toMatch(/Infinity|∞/u)
  const metrics = await house.service.metrics.text()
  expect(metrics).toMatch(/^zimagine_engine_loaded\{engine="1",device="cuda:0"\} 0$/mu)
  expect(metrics).toMatch(/^zimagine_engine_loaded\{engine="2",device="cuda:1"\} 1$/mu)
})

test('where no engine can be loaded, each reason is told', async () => {
  const broken = (index: number) => ({
    name: `cuda:${index}`,
    missing: new EngineError('no-device', `nothing at ${index}`),
  })
  await expect(createHouse({ engines: 2, engine: broken })).rejects.toThrow(
    /cuda:0: nothing at 0[\s\S]*cuda:1: nothing at 1/u,
  )
})

test.each(['crashed', 'no-device'] as const)(
  'an engine that keeps failing with %s does not stop the other',
  async (code) => {
    const house = await createHouse({
      engines: 2,
      engine: (index) => ({
        before() {
          if (index === 0) throw new EngineError(code, 'it is gone')
        },
      }),
    })
    const jobs = [await house.ask(), await house.ask({ from: 'bob' })]
    for (const { id } of jobs) {
      const done = house.becomes(id, 'succeeded')
      await house.clock.pass(PICTURE_MS)
      await done
    }
  },
)

test('who comes first after a sleep is told how long the model takes to wake, all in one message', async () => {
  const house = await measured()
  house.engines[0]!.sleep()
  const speaker = createSpeaker(house)
  expect(await speaker.hears('about')).toMatch(/asleep on cpu and takes about 12 s to wake/u)
  const answer = plain((await speaker.say('imagine', { text: 'an owl --seed 3' })).text)
  expect(answer).toMatch(/Waking the model, about 12 s · about 13 s left/u)
  const chinese = await house.ask({ from: 'bob', seed: 4 })
  await house.clock.pass(LOAD_MS / 2)
  const [job] = house.services.queue.running() as [number]
  expect(status(house, job)).toMatchObject({ state: 'running', wakingMs: 6000, leftMs: 7000, progress: undefined })
  expect(status(house, chinese.id)).toMatchObject({ place: 1, leftMs: 8000 })
  expect(await speaker.hears('queue')).toMatch(/Waking the model, about 6 s/u)
  await house.clock.pass(LOAD_MS / 2 + PICTURE_MS / 4)
  expect(status(house, job)).toMatchObject({ wakingMs: undefined, leftMs: 750, progress: { step: 1 } })
  await house.clock.pass(PICTURE_MS)
  await house.becomes(job, 'succeeded')
  // The load is no part of what the picture took, of the engine's work or of the person's share.
  expect(house.job(job).computeMs).toBe(PICTURE_MS)
  expect(house.services.queue.busyMs()).toBe(2 * PICTURE_MS + 250)
})

test('the message of a job is edited when its model is awake', async () => {
  const house = await measured()
  house.engines[0]!.sleep()
  const job = await house.ask()
  await house.clock.pass(LOAD_MS)
  const texts = [...house.chat.messages.values()].at(-1)!.shown.map(({ text }) => plain(text))
  expect(texts.filter((text) => /Waking the model/u.test(text))).toHaveLength(1)
  expect(texts.at(-1)).toMatch(/Drawing now · about 1 s left/u)
  expect(shown(house, job.id)).toMatch(/Drawing now/u)
})

test('a job is cancelled at once while the model is loaded, and the next one waits for what is left of that', async () => {
  const house = await measured()
  const full = house.left()
  house.engines[0]!.sleep()
  const job = await house.ask()
  await house.clock.pass(2000)
  expect(house.services.queue.cancel(job.id, 'scripted:ann')).toBe('stopping')
  await house.becomes(job.id, 'cancelled')
  expect(house.left()).toBe(full)
  const next = await house.ask()
  await house.clock.pass(0)
  expect(status(house, next.id)).toMatchObject({ wakingMs: LOAD_MS - 2000, leftMs: LOAD_MS - 2000 + PICTURE_MS })
  await house.clock.pass(LOAD_MS - 2000 + PICTURE_MS)
  await house.becomes(next.id, 'succeeded')
})

test('where the model cannot be loaded again the job fails and is refunded, and the next one tries again', async () => {
  const house = await measured()
  const [engine] = house.engines
  const full = house.left()
  engine!.sleep()
  engine!.broken = new EngineError('out-of-memory', 'somebody else has the memory')
  const job = await house.ask()
  await house.clock.pass(LOAD_MS)
  await house.told(job.id)
  expect(house.job(job.id)).toMatchObject({ state: 'failed', outcome: 'not-loaded' })
  expect(shown(house, job.id)).toMatch(/The model could not be woken up\. Your credits are back/u)
  expect(house.left()).toBe(full)
  // That was no picture's fault.
  expect(house.services.sizes.largest()).toBe(Number.POSITIVE_INFINITY)
  engine!.broken = undefined
  const next = await house.ask()
  await house.clock.pass(LOAD_MS + PICTURE_MS)
  await house.becomes(next.id, 'succeeded')
})

test.each([0, 1])(
  'of two engines the one that is awake takes the job, also where number %i sleeps',
  async (sleeper) => {
    const house = await measured({ engines: 2 })
    house.engines[sleeper]!.sleep()
    const job = await house.ask()
    expect(status(house, job.id)).toMatchObject({ wakingMs: undefined, leftMs: PICTURE_MS })
  },
)

test.each([NO_DEVICE, new EngineError('failed', 'a file of the model is gone')])(
  'an engine that cannot wake rests, its job waits for the other, and later it takes jobs again ($code)',
  async (broken) => {
    const house = await measured({ engines: 2 })
    const [asleep, awake] = house.engines
    asleep!.sleep()
    asleep!.broken = broken
    const before = awake!.requests.length
    const first = await house.ask()
    expect(awake!.requests).toHaveLength(before + 1)
    const second = await house.ask({ from: 'bob' })
    await house.clock.pass(LOAD_MS)
    await house.becomes(first.id, 'succeeded')
    await house.becomes(second.id, 'running')
    expect(house.services.engines.statuses()[0]).toMatchObject({ state: 'resting', reason: broken.message })
    const third = await house.ask()
    expect(house.services.queue.running()).toEqual([second.id])
    await house.clock.pass(2 * PICTURE_MS)
    await house.becomes(third.id, 'succeeded')
    await house.becomes(second.id, 'succeeded')
    expect(house.job(second.id).attempts).toBe(1)
    asleep!.broken = undefined
    await house.clock.pass(60_000)
    expect(healthOfHouse(house.services)['engine 1']).toEqual({ ok: false, detail: `cpu asleep: ${broken.message}` })
    await house.ask()
    await house.ask({ from: 'bob' })
    expect(house.services.queue.running()).toHaveLength(2)
    await house.clock.pass(LOAD_MS + PICTURE_MS)
    expect(house.services.engines.statuses()[0]).toMatchObject({ state: 'awake', reason: undefined })
    asleep!.sleep()
    expect(healthOfHouse(house.services)['engine 1']).toEqual({ ok: true, detail: 'cpu asleep' })
  },
)

test('a stop puts back the job whose model is being loaded', async () => {
  const before = await measured()
  before.engines[0]!.sleep()
  const job = await before.ask()
  await before.stop()
  const house = await createHouse({ after: before, still: true })
  expect(house.job(job.id)).toMatchObject({ state: 'queued', attempts: 0 })
})

test('a picture is found again whichever device drew it', async () => {
  const house = await createHouse({
    engines: 2,
    engine: (index) => ({ info: { device: index === 0 ? 'cuda' : 'cpu' } }),
  })
  const jobs = [await house.ask({ seed: 1 }), await house.ask({ seed: 2, from: 'bob' })]
  await house.clock.pass(PICTURE_MS)
  for (const { id } of jobs) await house.becomes(id, 'succeeded')
  const again = [await house.ask({ seed: 1 }), await house.ask({ seed: 2 })]
  expect(again.map(({ id }) => house.job(id).cost)).toEqual([0, 0])
})
