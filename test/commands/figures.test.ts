import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, it } from 'vitest'
import type { Call } from '../../src/commands/define.ts'
import { writeChart } from '../../src/commands/stats-chart.ts'
import { messagesIn } from '../../src/messages/messages.ts'
import { plain } from '../../src/messages/text.ts'
import { houseWithAdmin } from '../support/admin.ts'
import { createHouse, PICTURE_MS } from '../support/house.ts'

it('figures are a picture in which a name is no markup, and a sentence', async () => {
  const { house, draws, say } = await houseWithAdmin()
  await draws('a fox', { from: '<b>&"bob' })
  const view = await say('admin', { from: 'olga', text: 'stats 7' })
  expect(view.private).toBe(true)
  expect(plain(view.text)).toMatch(
    /The last 7 days\n1 picture · 0 failed · 0.002 credits[\s\S]*1\. <b>&"bob · 1 picture/u,
  )
  const chart = view.pictures![0]!
  const { width, height, channels } = await sharp(join(house.folder, chart.path)).metadata()
  expect([width, height]).toEqual([chart.widthPx, chart.heightPx])
  expect(channels).toBeGreaterThanOrEqual(3)
})

it('two who ask for figures at once both get them', async () => {
  const { draws, orders } = await houseWithAdmin()
  await draws('a fox')
  const answers = await Promise.all([1, 2, 3, 4].map((days) => orders('admin', `stats ${days}`)))
  for (const answer of answers) expect(answer).toMatch(/1\. ann · 1 picture/u)
})

it('people are ranked by pictures, of which a job may have several', async () => {
  const { draws, orders } = await houseWithAdmin()
  await draws('a fox --n 3', { from: 'ann' })
  expect(await orders('admin', 'stats 7')).toMatch(/1\. ann · 3 pictures/u)
  expect(await orders('admin', 'stats 1000000')).toMatch(/The last 90 days/u)
})

it('whoever got most pictures is first, however long the engine drew for others', async () => {
  const { house, draws, orders } = await houseWithAdmin()
  await draws('a fox --size 128x128 --steps 8', { from: 'ann' })
  await draws('a fox --n 2 --size 16x16 --steps 1', { from: 'bob' })
  expect(await orders('admin', 'stats 7')).toMatch(/1\. bob · 2 pictures\n2\. ann · 1 picture/u)
  expect(house.store.stats.top(0, 1)).toMatchObject([{ name: 'bob' }])
})

it('credits that went back, because no chat took the picture or nobody wants it any more, were not spent', async () => {
  const { house, draws, orders } = await houseWithAdmin()
  await draws('a fox', { from: 'ann' })
  const lost = house.order({ from: 'bob' })
  house.services.delivery.attach(lost.id, undefined)
  house.chat.trouble('post', 'gone')
  await house.clock.pass(PICTURE_MS)
  await house.told(lost.id, 'undeliverable')
  const unwanted = house.order({ from: 'bob' })
  house.services.queue.cancel(unwanted.id, 'scripted:bob')
  await house.clock.pass(PICTURE_MS)
  await house.becomes(unwanted.id, 'cancelled')
  expect(await orders('admin', 'stats 7')).toMatch(/2 pictures · 0 failed · 0.002 credits/u)
})

it('engine use is of all engines: two that drew half a day each were in use for half of it', async () => {
  const dayMs = 86_400_000
  const chartOf = async (engines: number, computeMs: number) => {
    const { services, folder } = await createHouse({ engines })
    const day = { from: 0, pictures: 1, failed: 0, meanWaitMs: 0, computeMs, credits: 0 }
    const call = { services, messages: messagesIn('en') } as Call
    const { path } = await writeChart(call, [day], [])
    return readFileSync(join(folder, path))
  }
  expect((await chartOf(2, dayMs)).equals(await chartOf(1, dayMs / 2))).toBe(true)
  expect((await chartOf(1, dayMs)).equals(await chartOf(1, dayMs / 2))).toBe(false)
})
