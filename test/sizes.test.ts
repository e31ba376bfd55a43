import { expect, test } from 'vitest'
import { EngineError } from '../engine/engine.ts'
import { showJob } from '../src/commands/job-view.ts'
import { plain } from '../src/messages/text.ts'
import { UserError } from '../src/user-error.ts'
import { STAND_IN } from './support/engine.ts'
import { createHouse, type House, type HouseOptions, PICTURE_MS } from './support/house.ts'
import { createSpeaker } from './support/speaker.ts'

const LARGE = { widthPx: 256, heightPx: 256 }
const DAY_MS = 86_400_000
/** Three quarters of it. */
const LOWERED = 49_152
const MEMORY = 200 * 200
const NOTE = { edgePx: 100, deviceBytes: 3e9, textEncoder: 'resident', inStrips: false } as const

/** A machine with memory for 200×200. */
const SMALL: HouseOptions = {
  before({ widthPx, heightPx }) {
    if (widthPx * heightPx > MEMORY) throw new EngineError('out-of-memory', 'failed to allocate')
  },
}

async function tooLarge(house: House) {
  const job = await house.ask(LARGE)
  await house.told(job.id)
  return job
}

const shown = (house: House, id: number) => plain(showJob(house.services, { ...house.job(id), language: 'en' }).text)

test('a picture that is too large for the memory fails alone and is refunded, and the engine goes on', async () => {
  const house = await createHouse(SMALL)
  const full = house.left()
  const job = await tooLarge(house)
  expect(house.job(job.id)).toMatchObject({ state: 'failed', outcome: 'out-of-memory' })
  expect(house.left()).toBe(full)
  expect(shown(house, job.id)).toMatch(
    /256×256 is too large for this machine's memory: at most 49152 pixels, such as 208x208\. Your credits are back/u,
  )
  const small = await house.ask()
  await house.clock.pass(PICTURE_MS)
  await house.becomes(small.id, 'succeeded')
})

test('from then on as many pixels are refused, in whatever shape, with the largest size that is left', async () => {
  const house = await createHouse(SMALL)
  await tooLarge(house)
  const refusal = (widthPx: number, heightPx: number) =>
    new UserError('too-large-here', { widthPx, heightPx, maxPixels: LOWERED })
  expect(() => house.order(LARGE)).toThrow(refusal(256, 256))
  expect(() => house.order({ widthPx: 1024, heightPx: 64 })).toThrow(refusal(1024, 64))
  const speaker = createSpeaker(house)
  expect(await speaker.hears('about')).toMatch(/enough memory for 49152 pixels, such as 208x208/u)
  const chinese = await speaker.hears('imagine', { text: '狐狸 --size 256x256', locale: 'zh-CN', from: 'mei' })
  expect(chinese).toMatch(/内存不够：最多 49152 像素，例如 208x208/u)
  expect(() => house.order({ widthPx: 208, heightPx: 208 })).not.toThrow()
})

test('jobs of that size that wait already fail in the same words when their turn comes, without running', async () => {
  const house = await createHouse({ ...SMALL, still: true })
  const full = house.left()
  const jobs = [await house.ask(LARGE), await house.ask(LARGE)]
  house.service.start()
  for (const { id } of jobs) await house.told(id)
  expect(house.engines[0]!.requests).toHaveLength(1)
  expect(jobs.map(({ id }) => shown(house, id).split('. Your', 1)[0]!.split('\n').at(-1))).toEqual([
    expect.stringMatching(/^256×256 is too large for/u),
    expect.stringMatching(/^256×256 is too large for/u),
  ])
  expect(house.left()).toBe(full)
})

test('of a job that turns out to be too large the line holds no picture', async () => {
  const house = await createHouse(SMALL)
  const large = house.order(LARGE)
  const several = house.order({ ...LARGE, count: 2 })
  for (const { id } of [large, several]) await house.becomes(id, 'failed')
  expect(house.services.queue.line()).toEqual([])
})

test('each picture for which the memory is not enough lowers it further', async () => {
  const house = await createHouse(SMALL)
  await tooLarge(house)
  const job = await house.ask({ widthPx: 208, heightPx: 208 })
  await house.told(job.id)
  const largest = Math.floor(208 * 208 * 0.75)
  expect(house.services.sizes.largest()).toBe(largest)
  // A larger one that another engine was at meanwhile.
  house.services.sizes.lower({ ...job.request, ...LARGE })
  expect(house.services.sizes.largest()).toBe(largest)
})

test("the model's smallest size is never refused", async () => {
  const house = await createHouse({
    before() {
      throw new EngineError('out-of-memory', 'failed to allocate')
    },
  })
  for (let i = 0; i < 2; i++) {
    const job = await house.ask({ widthPx: 16, heightPx: 16 })
    await house.told(job.id)
    expect(shown(house, job.id)).toMatch(/This machine ran out of memory/u)
  }
})

test('the limit is kept over a restart, and forgotten with another model, engine version, devices or memory', async () => {
  const before = await createHouse(SMALL)
  await tooLarge(before)
  await before.stop()
  const largestWith = async (options: HouseOptions) => {
    const house = await createHouse({ ...options, after: before })
    await house.stop()
    return house.services.sizes.largest()
  }
  expect(await largestWith({})).toBe(LOWERED)
  for (const options of [
    { env: { MODEL: 'models/other' } },
    { engine: () => ({ info: { engineVersion: '2' } }) },
    { engine: () => ({ info: { device: 'cuda' as const, deviceId: 1 } }) },
    { engine: () => ({ info: { memory: { ...NOTE, totalBytes: 24e9 } } }) },
    { engines: 2 },
  ]) {
    expect(await largestWith(options)).toBe(Number.POSITIVE_INFINITY)
  }
})

test('the limit lasts a day: others may have had the memory then', async () => {
  const before = await createHouse(SMALL)
  await tooLarge(before)
  await before.clock.skip(DAY_MS - 1)
  expect(before.services.sizes.largest()).toBe(LOWERED)
  await before.clock.pass(1)
  expect(before.services.sizes.largest()).toBe(Number.POSITIVE_INFINITY)
  await before.stop()
  const house = await createHouse({ after: before })
  expect(house.services.sizes.largest()).toBe(Number.POSITIVE_INFINITY)
})

test('what the engines say when they load is the limit from the start: that of the smallest', async () => {
  const memory = { ...NOTE, inStrips: true, wholePx: 80 }
  const house = await createHouse({
    engines: 2,
    engine: (index) => ({ info: { largestPixels: index === 0 ? 10_000 : 20_000, memory } }),
  })
  expect(() => house.order({ widthPx: 112, heightPx: 112 })).toThrow(/too-large-here/u)
  expect(() => house.order({ widthPx: 96, heightPx: 96 })).not.toThrow()
  expect(await createSpeaker(house).hears('about')).toMatch(
    /takes at most 3\.00 GB of an unknown amount of memory[\s\S]*pictures above 80×80 are decoded in strips[\s\S]*enough memory for 10000 pixels/u,
  )
})

test('what waited while the model was exchanged is drawn by the new one only as far as that goes', async () => {
  const before = await createHouse()
  before.services.queue.pause()
  const [large, long, small] = [await before.ask(LARGE), await before.ask({ steps: 9 }), await before.ask()]
  await before.stop()
  const profile = { ...STAND_IN.profile, maxEdgePx: 128, maxSteps: 8 }
  const house = await createHouse({ after: before, engine: () => ({ info: { profile } }) })
  for (const { id } of [large, long]) {
    await house.told(id)
    expect(shown(house, id)).toMatch(/can't use these settings\. Your credits are back/u)
  }
  expect(house.job(small.id).state).toBe('queued')
})

test('whoever names no size gets one that fits, of the usual shape', async () => {
  const house = await createHouse({ engine: () => ({ info: { largestPixels: 3000 } }) })
  const speaker = createSpeaker(house)
  const job = await speaker.draws('a fox')
  expect(house.job(job).request).toMatchObject({ widthPx: 48, heightPx: 48 })
  const wide = await speaker.draws('a fox --ar 21:9')
  const { widthPx, heightPx } = house.job(wide).request
  expect(widthPx * heightPx).toBeLessThanOrEqual(3000)
})

test('who may ask for less than the memory is enough for is told their own limit', async () => {
  const house = await createHouse({
    env: { MAX_PIXELS: '4096' },
    engine: () => ({ info: { largestPixels: 8192 } }),
  })
  expect(() => house.order(LARGE)).toThrow(new UserError('too-large', { ...LARGE, maxPixels: 4096 }))
})
