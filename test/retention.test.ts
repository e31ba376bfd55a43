import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test, vi } from 'vitest'
import { encodePicture } from '../engine/picture.ts'
import { readParameters } from '../src/commands/read-parameters.ts'
import { createRefill } from '../src/refill.ts'
import { createRetention } from '../src/retention.ts'
import { DATABASE } from '../src/store/store.ts'
import { copies, drawn, kept } from './support/drawn.ts'
import { STAND_IN } from './support/engine.ts'
import { createHouse, type House, PICTURE_MS } from './support/house.ts'

const DAY_MS = 86_400_000
const EVERY_MS = 10 * 60_000

/** As the service has it, but swept by hand. */
function retentionOf({ services, store, clock }: House) {
  const { pictures, events, config, log } = services
  return createRetention({ store, pictures, events, clock, refill: createRefill(0, 'UTC'), config, log })
}

const there = (house: House, job: number) =>
  house.store.pictures.ofJob(job).every(({ path, deletedAt }) => !deletedAt && house.services.pictures.exists(path))

test('pictures past their age are deleted, but never a starred one', async () => {
  const house = await createHouse({ env: { PICTURE_DAYS: '30' } })
  const [plain, starred] = [await drawn(house), await drawn(house)]
  house.store.stars.add(house.job(starred).person, starred, house.clock.now())
  await house.clock.skip(29 * DAY_MS)
  expect(there(house, plain)).toBe(true)
  await house.clock.skip(DAY_MS + 3_600_000)
  expect(there(house, plain)).toBe(false)
  expect(there(house, starred)).toBe(true)
  expect(house.job(plain).prompt).toBe('a fox')
})

test('what was typed is forgotten at its age, and not found any more, unless somebody saved it', async () => {
  const house = await createHouse({ env: { PROMPT_DAYS: '365', PICTURE_DAYS: '0' } })
  const old = await drawn(house, { prompt: 'a xylophonic fox' })
  const [taken, starred] = [await drawn(house, { seed: 2 }), await drawn(house, { seed: 3, from: 'bob' })]
  rmSync(house.services.pictures.file(house.store.pictures.ofJob(taken)[0]!.path))
  house.store.stars.add(house.job(starred).person, starred, house.clock.now())
  await house.clock.skip(366 * DAY_MS)
  for (const job of [old, taken]) expect(house.job(job)).toMatchObject({ prompt: '', request: { prompt: '' } })
  expect(house.job(starred).prompt).toBe('a fox')
  expect(house.store.prompts.search({ person: house.job(old).person, words: 'fox', limit: 9 })).toEqual([])
  await house.stop()
  expect(readFileSync(join(house.folder, DATABASE), 'latin1')).not.toContain('xylophonic')
})

test('a picture that outlives its prompt loses it too, in the one file of all who drew it; what it shows stays', async () => {
  const REQUEST = { prompt: 'a secret', widthPx: 64, heightPx: 64, steps: 4, guidance: 0, seed: 1 }
  const house = await createHouse({
    env: { PROMPT_DAYS: '7', PICTURE_DAYS: '30' },
    encodePicture: (picture) => encodePicture(picture, REQUEST, STAND_IN),
  })
  const { store, services } = house
  const old = await drawn(house, { seed: 1 })
  await house.clock.skip(7 * DAY_MS)
  const shared = await drawn(house, { seed: 1, from: 'bob' })
  const file = services.pictures.file(store.pictures.ofJob(old)[0]!.path)
  const pixels = () => sharp(file).raw().toBuffer()
  const before = await pixels()
  expect(readParameters(readFileSync(file))).toMatchObject({ prompt: 'a secret' })

  await house.clock.skip(DAY_MS / 2)
  const after = readFileSync(file)
  expect([house.job(old).prompt, house.job(shared).prompt]).toEqual(['', 'a fox'])
  expect(after.includes('secret')).toBe(false)
  expect(after.toString('latin1').endsWith('IEND\xaeB`\x82')).toBe(true)
  expect(await pixels()).toEqual(before)
  expect([old, shared].map((job) => store.pictures.ofJob(job)[0]!.bytes)).toEqual([after.length, after.length])
  expect(services.pictures.bytes()).toBe(after.length)
})

test('many prompts are forgotten a few files at a time', async () => {
  const house = await createHouse({
    env: { PROMPT_DAYS: '7', PICTURE_DAYS: '30' },
    encodePicture: (picture) => encodePicture(picture, { ...picture, prompt: 'x', steps: 4, guidance: 0 }, STAND_IN),
  })
  const old: number[] = []
  for (let seed = 0; seed < 20; seed++) old.push(await drawn(house, { seed }))
  const left = () => old.filter((job) => house.job(job).prompt !== '').length
  await house.clock.skip(8 * DAY_MS)
  expect(left()).toBe(12)
  await house.clock.pass(2000)
  expect(left()).toBe(0)
})

test('words in a picture that cannot be written anew are forgotten when it can, in the row as in the file', async () => {
  const house = await createHouse({
    env: { PROMPT_DAYS: '7', PICTURE_DAYS: '0' },
    encodePicture: (picture) =>
      encodePicture(picture, { ...picture, prompt: 'a fox', steps: 4, guidance: 0 }, STAND_IN),
  })
  const [stuck, other] = [await drawn(house, { seed: 1 }), await drawn(house, { seed: 2 })]
  const file = house.services.pictures.file(house.store.pictures.ofJob(stuck)[0]!.path)
  const prompts = () => [stuck, other].map((job) => house.job(job).prompt)
  // No file that can be written, not even by root.
  mkdirSync(`${file}.part`)
  await house.clock.skip(8 * DAY_MS)
  expect(prompts()).toEqual(['a fox', ''])
  rmdirSync(`${file}.part`)
  await house.clock.pass(EVERY_MS)
  expect(prompts()).toEqual(['', ''])
  expect(readFileSync(file).includes('fox')).toBe(false)
})

test('a picture that was drawn before is as old as whoever asked for it again has it', async () => {
  const house = await createHouse({ env: { PICTURE_DAYS: '30' } })
  const old = await drawn(house, { seed: 1 })
  await house.clock.skip(29 * DAY_MS)
  const again = await drawn(house, { seed: 1, from: 'bob' })
  await house.clock.skip(2 * DAY_MS)
  expect(kept(house, [old, again])).toEqual([again])
  expect(there(house, again)).toBe(true)
})

test('a link code that is over is not kept', async () => {
  const house = await createHouse()
  const { store, clock } = house
  store.linkCodes.add('CODE', store.people.of('scripted', 'ann', 'ann', clock.now()), clock.now() + 1000)
  await clock.pass(EVERY_MS)
  expect(store.linkCodes.find('CODE', 0)).toBeUndefined()
})

test("a migration's copy of the database is deleted after 30 days", async () => {
  const house = await createHouse()
  const copy = `${house.folder}/zimagine.db.before-5`
  writeFileSync(copy, 'what was deleted since')
  utimesSync(copy, house.clock.now() / 1000, house.clock.now() / 1000)
  await house.clock.skip(29 * DAY_MS)
  expect(existsSync(copy)).toBe(true)
  await house.clock.skip(DAY_MS + EVERY_MS)
  expect(existsSync(copy)).toBe(false)
  expect(existsSync(`${house.folder}/zimagine.db`)).toBe(true)
})

test('0 days is never', async () => {
  const house = await createHouse({ env: { PROMPT_DAYS: '0', PICTURE_DAYS: '0' } })
  const old = await drawn(house)
  await house.clock.skip(1000 * DAY_MS)
  expect(there(house, old)).toBe(true)
  expect(house.job(old).prompt).toBe('a fox')
})

test('before the disk is full the oldest pictures go, until there is room again', async () => {
  const house = await createHouse({
    env: { DISK_LIMIT_MB: '5' },
    encodePicture: async () => new Uint8Array(2 ** 20),
  })
  const jobs = []
  for (let index = 0; index < 5; index++) jobs.push(await drawn(house, { seed: 100 + index }))
  expect(() => house.order({ seed: 999 })).toThrow(/disk-full/u)
  retentionOf(house).sweep()
  expect(jobs.map((job) => there(house, job))).toEqual([false, true, true, true, true])
  expect(() => house.order({ seed: 999 })).not.toThrow()
})

test('nobody is refused for pictures that may go: the oldest go as soon as there is little room', async () => {
  const house = await createHouse({
    env: { DISK_LIMIT_MB: '10' },
    encodePicture: async () => new Uint8Array(2 ** 20),
  })
  const jobs = []
  for (let seed = 0; seed < 20; seed++) {
    jobs.push(await drawn(house, { seed }))
    await house.clock.pass(2000)
  }
  expect(kept(house, jobs)).toEqual(jobs.slice(-9))
  // From then on all is looked over as often as before.
  const swept = vi.spyOn(house.store.inbox, 'forget')
  await house.clock.pass(EVERY_MS)
  expect(swept).toHaveBeenCalledTimes(1)
})

test('a disk full of small pictures has room again within seconds', async () => {
  const house = await createHouse()
  copies(house, await drawn(house), 800, 2500)
  await house.clock.skip(1)
  await house.stop()
  const later = await createHouse({ after: house, env: { DISK_LIMIT_MB: '1' } })
  expect(later.services.pictures.full()).toBe(true)
  await later.clock.pass(3000)
  expect(later.services.pictures.bytes()).toBeLessThan(0.9 * 2 ** 20)
})

test('hundreds of pictures past their age are deleted within seconds of each other', async () => {
  const house = await createHouse({ env: { PICTURE_DAYS: '30' } })
  const old = copies(house, await drawn(house), 500, 0)
  await house.clock.skip(30 * DAY_MS + EVERY_MS)
  await house.clock.pass(6000)
  expect(kept(house, old)).toEqual([])
})

test('a picture that cannot be deleted holds up no other, is told once a round, and goes when it can', async () => {
  const house = await createHouse({ env: { PICTURE_DAYS: '30' } })
  const { pictures } = house.services
  const job = await drawn(house)
  const old = copies(house, job, 450, 0)
  const file = pictures.file(house.store.pictures.ofJob(job)[0]!.path)
  const complaints = () => readFileSync(`${house.folder}/test.log`, 'utf8').split('could not be deleted').length - 1
  // No file that can be unlinked, not even by root.
  rmSync(file)
  mkdirSync(file)

  await house.clock.skip(30 * DAY_MS + EVERY_MS)
  await house.clock.pass(5000)
  expect(kept(house, [job, ...old])).toEqual([job])
  expect(pictures.bytes()).toBe(house.store.pictures.totalBytes())
  expect(complaints()).toBe(1)

  await house.clock.pass(EVERY_MS)
  expect(complaints()).toBe(2)
  rmdirSync(file)
  await house.clock.pass(EVERY_MS)
  expect(kept(house, [job])).toEqual([])
  expect(pictures.bytes()).toBe(0)
})

test('a full disk ends nobody: what could not be forgotten goes when there is room again', async () => {
  const house = await createHouse({ env: { PICTURE_DAYS: '1' } })
  const { pictures } = house.store
  const job = await drawn(house)
  const works = pictures.jobsBefore
  pictures.jobsBefore = () => {
    throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
  }
  await house.clock.skip(2 * DAY_MS)
  expect(there(house, job)).toBe(true)
  pictures.jobsBefore = works
  await house.clock.pass(EVERY_MS)
  expect(there(house, job)).toBe(false)
})

test('a picture that no chat shows yet is kept', async () => {
  const house = await createHouse({ env: { PICTURE_DAYS: '1' } })
  const job = house.order()
  await house.clock.pass(PICTURE_MS)
  await house.becomes(job.id, 'succeeded')
  await house.stop()
  const later = await createHouse({ after: house, env: { PICTURE_DAYS: '1' }, still: true })
  await later.clock.skip(2 * DAY_MS)
  retentionOf(later).sweep()
  expect(there(later, job.id)).toBe(true)
})

test('notes go with their account, with their picture and with time; others stay', async () => {
  const house = await createHouse({ env: { PICTURE_DAYS: '0' } })
  const { store, services, clock } = house
  const retention = retentionOf(house)
  const notes = store.notes.of('scripted')
  const there = () => ['chat', 'question', 'hers', 'shared', 'own'].filter((name) => notes.recall(name) !== undefined)
  const pathOf = (job: number) => store.pictures.ofJob(job)[0]!.path
  const shared = await drawn(house, { from: 'ann', seed: 1 })
  await drawn(house, { from: 'bob', seed: 1 })
  const own = await drawn(house, { from: 'ann', seed: 2 })
  notes.note('chat', 'moved')
  notes.note('question', { prompt: 'a fox' }, { account: 'bob', at: clock.now() })
  notes.note('hers', 'a fox', { account: 'ann', picture: pathOf(shared) })
  notes.note('shared', 'file-1', { picture: pathOf(shared) })
  notes.note('own', 'file-2', { picture: pathOf(own) })
  await clock.skip(DAY_MS)
  retention.sweep()
  expect(there()).toEqual(['chat', 'question', 'hers', 'shared', 'own'])

  const { person } = house.job(own)
  await services.erasure.erase(person, 'scripted:ann')
  expect(there()).toEqual(['chat', 'question', 'shared'])
  // As by a post that was under way.
  notes.note('own', 'file-2', { picture: pathOf(own) })
  notes.note('hers', 'a fox', { account: 'ann' })
  await clock.skip(1.5 * DAY_MS)
  retention.sweep()
  expect(store.personData.exportOf(person).people).toHaveLength(0)
  expect(there()).toEqual(['chat', 'shared'])
})
