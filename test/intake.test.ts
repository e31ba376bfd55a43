import { renameSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { UserError } from '../src/user-error.ts'
import { createHouse, type House, PICTURE_MS, type Wish } from './support/house.ts'

const SAME: Wish = { seed: 5, prompt: 'a fox' }

async function drawn(house: House, wish: Wish): Promise<number> {
  const job = await house.ask(wish)
  await house.clock.pass(PICTURE_MS)
  await house.told(job.id)
  return job.id
}

test('the same event twice is one job, charged once', async () => {
  const house = await createHouse()
  const first = house.order({ key: 'e1' })
  const second = house.order({ key: 'e1' })
  expect(second).toEqual(house.job(first.id))
  expect(house.store.ledger.ofJob(first.id)).toHaveLength(1)
})

test('a refused request leaves no trace', async () => {
  const house = await createHouse({ env: { CREDITS_PER_DAY: '0.003' } })
  house.order()
  expect(() => house.order({ key: 'refused' })).toThrow(/not-enough-credits/u)
  expect(house.store.jobs.byEvent('scripted:refused')).toBeUndefined()
  expect(house.store.jobs.countWaiting()).toBe(1)
})

test('a ninth waiting job is refused with the length of the line', async () => {
  const house = await createHouse({ env: { MAX_WAITING: '8' } })
  for (let index = 0; index < 8; index++) house.order()
  expect(() => house.order()).toThrow(new UserError('line-full', { waiting: 8, max: 8 }))
  expect(() => house.order({ from: 'bob' })).not.toThrow()
})

test('a chat and the house have their limits too', async () => {
  const house = await createHouse({ env: { MAX_WAITING_CHAT: '2', MAX_WAITING_HOUSE: '3' } })
  house.order({ from: 'ann' })
  house.order({ from: 'bob' })
  expect(() => house.order({ from: 'cleo' })).toThrow(new UserError('chat-line-full', { waiting: 2, max: 2 }))
  house.order({ from: 'cleo', chat: 'hall' })
  expect(() => house.order({ from: 'dan', chat: 'garden' })).toThrow(new UserError('house-full', { waiting: 3 }))
})

test('size and steps beyond what the rules allow are refused', async () => {
  const house = await createHouse({ env: { MAX_PIXELS: '4096', MAX_STEPS: '8' } })
  expect(() => house.order({ widthPx: 128 })).toThrow(/too-large/u)
  expect(() => house.order({ steps: 9 })).toThrow(/steps-not-allowed/u)
})

test('an exact replay is answered from the stored picture, at once and for nothing, to anybody', async () => {
  const house = await createHouse()
  const first = await drawn(house, SAME)
  const left = house.left('bob')
  const again = await house.ask({ ...SAME, from: 'bob' })
  await house.clock.pass(0)
  await house.told(again.id)
  expect(house.engines[0]!.requests).toHaveLength(1)
  expect(house.left('bob')).toBe(left)
  expect(house.store.pictures.ofJob(again.id)[0]!.path).toBe(house.store.pictures.ofJob(first)[0]!.path)
  expect(house.services.queue.status(house.job(again.id))).toMatchObject({ state: 'succeeded', shared: true })
})

test('one different letter, seed or step is no replay', async () => {
  const house = await createHouse()
  await drawn(house, SAME)
  for (const other of [{ prompt: 'a Fox' }, { seed: 6 }, { steps: 5 }, { vary: 1 }]) house.order({ ...SAME, ...other })
  expect(house.store.jobs.countWaiting()).toBe(4)
})

test("nobody is handed a picture that tells another's negative prompt, though it acted on nothing", async () => {
  const house = await createHouse()
  await drawn(house, { ...SAME, guidance: 0, negativePrompt: 'my ex' })
  for (const other of [{ negativePrompt: 'snow' }, { guidanceRenormalisation: 1 }, { guidanceTruncation: 0.5 }, {}])
    house.order({ ...SAME, guidance: 0, ...other, from: 'bob' })
  expect(house.store.jobs.countWaiting()).toBe(4)
})

test('after a change of the weights the same request is no replay', async () => {
  const before = await createHouse()
  await drawn(before, SAME)
  await before.stop()
  const house = await createHouse({ after: before, engine: () => ({ info: { modelHash: '1111111111' } }) })
  await drawn(house, SAME)
  expect(house.engines[0]!.requests).toHaveLength(1)
})

test('a picture that was deleted, or whose file is lost, is drawn again', async () => {
  const house = await createHouse()
  const first = await drawn(house, SAME)
  house.services.pictures.remove(first)
  const second = await drawn(house, SAME)
  rmSync(house.services.pictures.file(house.store.pictures.ofJob(second)[0]!.path))
  await drawn(house, SAME)
  expect(house.engines[0]!.requests).toHaveLength(3)
})

test('many who deleted the same picture hide it from nobody while its file is there', async () => {
  const house = await createHouse()
  await drawn(house, SAME)
  for (let i = 0; i < 12; i++) house.services.pictures.remove(await drawn(house, { ...SAME, from: `p${i}` }))
  await drawn(house, { ...SAME, from: 'bob' })
  expect(house.engines[0]!.requests).toHaveLength(1)
})

test('a deleted job leaves the file to the replay that shows it too', async () => {
  const house = await createHouse()
  const first = await drawn(house, SAME)
  const again = await drawn(house, { ...SAME, from: 'bob' })
  const { path } = house.store.pictures.ofJob(first)[0]!
  house.services.pictures.remove(first)
  expect(house.services.pictures.exists(path)).toBe(true)
  house.services.pictures.remove(again)
  expect(house.services.pictures.exists(path)).toBe(false)
  expect(house.services.pictures.bytes()).toBe(0)
})

test('a full disk refuses new jobs', async () => {
  const { bavail, bsize } = statfsSync(tmpdir())
  const moreThanFree = String(Math.ceil((bavail * bsize) / 2 ** 20) + 1_000_000)
  const house = await createHouse({ env: { DISK_FREE_MB: moreThanFree } })
  expect(() => house.order()).toThrow(/disk-full/u)
})

test('a data folder that is gone for a while takes no pictures, and says so', async () => {
  const house = await createHouse({ still: true })
  renameSync(house.folder, `${house.folder}.away`)
  expect(() => house.order()).toThrow(/disk-full/u)
  renameSync(`${house.folder}.away`, house.folder)
  expect(house.order()).toBeDefined()
})

test('pictures that fill their limit refuse new jobs, and replays are still answered', async () => {
  const house = await createHouse({
    env: { DISK_LIMIT_MB: '1' },
    encodePicture: async () => new Uint8Array(2 ** 20),
  })
  await drawn(house, SAME)
  expect(() => house.order({ seed: 99 })).toThrow(/disk-full/u)
  expect(() => house.order(SAME)).not.toThrow()
})
