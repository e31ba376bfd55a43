import { expect, test } from 'vitest'
import { createHouse, PICTURE_MS } from './support/house.ts'

/** The table's function fails as on a full disk, until the function that this returns is called. */
function breaks<T extends object>(table: T, name: keyof T): () => void {
  const works = table[name]
  table[name] = (() => {
    throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
  }) as T[keyof T]
  return () => {
    table[name] = works
  }
}

test('a picture is posted once, though the database can note that only later', async () => {
  const house = await createHouse()
  const job = house.order()
  const mend = breaks(house.store.posts, 'close')
  house.services.delivery.attach(job.id, undefined)
  await house.clock.pass(PICTURE_MS)
  await house.becomes(job.id, 'succeeded')
  await house.clock.pass(60_000)
  mend()
  await house.clock.pass(60_000)
  await house.told(job.id)
  expect(house.chat.messages.size).toBe(1)
  expect(house.store.jobs.get(job.id)!.message).toEqual({ platform: 'scripted', ref: 1 })
  expect(house.store.ledger.ofJob(job.id).map(({ kind }) => kind)).toEqual(['reserve', 'settle'])
})

test('a database that takes nothing for a while keeps no result back for ever', async () => {
  const house = await createHouse()
  const job = house.order()
  const mends = [breaks(house.store.posts, 'sending'), breaks(house.store.posts, 'retry')]
  house.services.delivery.attach(job.id, undefined)
  await house.clock.pass(PICTURE_MS)
  await house.becomes(job.id, 'succeeded')
  await house.clock.pass(60_000)
  expect(house.chat.messages.size).toBe(0)
  for (const mend of mends) mend()
  await house.clock.pass(60_000)
  await house.told(job.id)
  expect(house.chat.messages.size).toBe(1)
})

test('a clock that is set back delays neither progress nor a retry', async () => {
  const house = await createHouse()
  const job = await house.ask()
  house.chat.trouble('update', 'later')
  await house.clock.pass(PICTURE_MS)
  await house.becomes(job.id, 'succeeded')
  await house.clock.pass(0)
  house.clock.setBack(24 * 3_600_000)
  await house.clock.pass(1000)
  await house.told(job.id)

  house.chat.pace = 1000
  const next = await house.ask()
  await house.clock.pass(PICTURE_MS / 4)
  const shown = house.shown(next)!.shown.length
  house.clock.setBack(24 * 3_600_000)
  house.services.delivery.refresh(next.id)
  await house.clock.pass(1000)
  expect(house.shown(next)!.shown.length).toBeGreaterThan(shown)
})

test('a retry whose time a clock that is set back has put a day off is made within the hour', async () => {
  const before = await createHouse()
  const job = before.order()
  before.services.delivery.attach(job.id, undefined)
  before.chat.trouble('post', 'later')
  await before.clock.pass(PICTURE_MS)
  await before.becomes(job.id, 'succeeded')
  await before.clock.pass(0)
  expect(before.store.posts.get(job.id)).toMatchObject({ state: 'waiting', attempts: 1 })
  await before.stop()
  before.clock.setBack(24 * 3_600_000)
  const house = await createHouse({ after: before })
  await house.clock.pass(3_600_000 + 10_000)
  await house.told(job.id)
})

test('a clock that is set back before an end could be told keeps it back for no hour', async () => {
  const house = await createHouse()
  const unanswered = house.order()
  await house.clock.pass(PICTURE_MS)
  await house.becomes(unanswered.id, 'succeeded')
  house.clock.setBack(24 * 3_600_000)
  house.services.delivery.attach(unanswered.id, undefined)
  await house.told(unanswered.id)

  const untold = house.order()
  await house.clock.pass(PICTURE_MS)
  await house.becomes(untold.id, 'succeeded')
  await house.stop()
  house.clock.setBack(24 * 3_600_000)
  const next = await createHouse({ after: house })
  await next.clock.pass(10_000)
  await next.told(untold.id)
})
