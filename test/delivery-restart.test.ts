import { expect, test } from 'vitest'
import { createHouse, PICTURE_MS } from './support/house.ts'

const ROOM = { platform: 'scripted', chat: 'room', route: 'room' }

test('a result is told after a restart, in the message it had', async () => {
  const before = await createHouse()
  const job = await before.ask()
  for (let index = 0; index < 10; index++) before.chat.trouble('update', 'later')
  await before.clock.pass(PICTURE_MS)
  await before.becomes(job.id, 'succeeded')
  await before.stop()
  const house = await createHouse({ after: before })
  await house.clock.pass(60 * 60_000)
  await house.told(job.id)
  expect(house.chat.messages.size).toBe(1)
  expect(house.shown(job)?.view.pictures).toHaveLength(1)
})

test('after a restart every message that waits is shown anew, however far back in line', async () => {
  const before = await createHouse()
  before.services.queue.pause()
  for (let i = 0; i < 15; i++) await before.ask()
  await before.stop()
  before.chat.calls.length = 0
  const house = await createHouse({ after: before })
  await house.chat.until(() => house.chat.calls.length >= 15)
  expect(new Set(house.chat.calls.map(({ view }) => view.job)).size).toBe(15)
})

test('a post that was under way when the process died is sent once more, and known as such', async () => {
  const before = await createHouse()
  const job = before.order()
  before.services.delivery.attach(job.id, undefined)
  const release = before.chat.hold()
  await before.clock.pass(PICTURE_MS)
  await before.becomes(job.id, 'succeeded')
  await before.chat.until(() => before.chat.calls.length === 1)
  expect(before.store.posts.get(job.id)?.state).toBe('sending')
  await before.stop()
  release()
  const house = await createHouse({ after: before })
  await house.clock.pass(10_000)
  await house.told(job.id)
  expect(house.store.posts.get(job.id)).toMatchObject({ repeated: 1, attempts: 1 })
  expect([...house.chat.messages.values()].map(({ key }) => key)).toEqual([`job-${job.id}`, `job-${job.id}`])
})

test('a result whose event is repeated after a restart comes in the answer to that, not besides', async () => {
  const before = await createHouse()
  const job = before.order({ key: 'lost' })
  await before.clock.pass(PICTURE_MS)
  await before.becomes(job.id, 'succeeded')
  await before.stop()
  const house = await createHouse({ after: before })
  await house.clock.pass(5000)
  const again = house.order({ key: 'lost' })
  expect(again.id).toBe(job.id)
  house.services.delivery.attach(job.id, await house.chat.post(ROOM, { text: ['done'] }, 'answer'))
  await house.told(job.id)
  await house.clock.pass(60_000)
  expect(house.chat.messages.size).toBe(1)
})

test('a job without a message that is done soon after a restart waits for the repeated event, too', async () => {
  const before = await createHouse()
  const job = before.order({ key: 'lost' })
  await before.stop()
  const house = await createHouse({ after: before })
  await house.clock.pass(PICTURE_MS)
  await house.becomes(job.id, 'succeeded')
  house.services.delivery.attach(job.id, await house.chat.post(ROOM, { text: ['in line'] }, 'answer'))
  await house.told(job.id)
  await house.clock.pass(60_000)
  expect(house.chat.messages.size).toBe(1)
})

test('a message that was lost with the process is found by its Cancel: the picture comes there, not besides', async () => {
  const before = await createHouse()
  const job = before.order()
  const message = await before.chat.post(ROOM, { text: ['in line'] })
  await before.clock.pass(PICTURE_MS)
  await before.becomes(job.id, 'succeeded')
  await before.stop()
  const house = await createHouse({ after: before })
  await house.clock.pass(5000)
  const pressed = { command: 'cancel', text: String(job.id), pressed: message }
  const from = { platform: 'scripted', id: 'ann', name: 'ann' }
  await house.service.core.dispatch({ ...pressed, key: 'press', from, address: ROOM }, async (view) => {
    await house.chat.update(message, view)
    return message
  })
  await house.clock.pass(60_000)
  await house.told(job.id)
  expect(house.chat.messages.size).toBe(1)
  expect(house.shown(job)?.view.pictures).toHaveLength(1)
})

test("the first message stays the job's: an event repeated after the end gets no second picture", async () => {
  const house = await createHouse()
  const job = await house.ask({ key: 'twice' })
  await house.delivered(job)
  house.order({ key: 'twice' })
  house.services.delivery.attach(job.id, await house.chat.post(ROOM, { text: ['done'] }))
  await house.clock.pass(60_000)
  const withPictures = [...house.chat.messages.values()].filter(({ view }) => view.pictures)
  expect(withPictures.map(({ id }) => id)).toEqual([1])
})
