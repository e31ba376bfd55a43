import { expect, onTestFinished, test } from 'vitest'
import { type Health, serveHealth } from '../src/health.ts'
import { createHouse, PICTURE_MS } from './support/house.ts'

async function served(parts: Record<string, Health> = {}) {
  const house = await createHouse()
  const server = await serveHealth({ port: 0, metrics: house.service.metrics, check: () => parts })
  onTestFinished(server.close)
  return { house, read: (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`) }
}

test('/healthz is 200 while every part works, and 503 with the part that does not', async () => {
  const parts: Record<string, Health> = { discord: { ok: true } }
  const { read } = await served(parts)
  expect((await read('/healthz')).status).toBe(200)
  parts.telegram = { ok: false, detail: 'token-refused' }
  const sick = await read('/healthz')
  expect(sick.status).toBe(503)
  expect(await sick.json()).toEqual({ ok: false, parts })
})

test('/metrics tells the line, waiting and computing time, failures by code, credits and the event loop', async () => {
  const { house, read } = await served()
  const done = await house.ask()
  await house.clock.pass(PICTURE_MS)
  await house.told(done.id)
  const lost = house.order()
  house.services.delivery.attach(lost.id, undefined)
  house.chat.trouble('post', 'gone')
  await house.clock.pass(PICTURE_MS)
  await house.told(lost.id, 'undeliverable')
  await house.ask()
  await house.ask()
  const text = await (await read('/metrics')).text()
  expect(text).toMatch(/^zimagine_queue_length 1$/mu)
  expect(text).toMatch(/^zimagine_jobs_running 1$/mu)
  expect(text).toMatch(/^zimagine_engine_busy_share 1$/mu)
  expect(text).toMatch(/^zimagine_jobs_total\{state="succeeded",code=""\} 2$/mu)
  expect(text).toMatch(/^zimagine_computing_seconds_sum 2$/mu)
  expect(text).toMatch(/^zimagine_waiting_seconds_count 2$/mu)
  expect(text).toMatch(/^zimagine_credits_total 0\.002$/mu)
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /mu)
  // In the same moment.
  expect(await (await read('/metrics')).text()).toMatch(/^zimagine_engine_busy_share 1$/mu)
})

test('a look that finds no answer ends nothing', async () => {
  const { house, read } = await served()
  house.services.store.posts.countOpen = () => {
    throw new Error('disk I/O error')
  }
  expect((await read('/metrics')).status).toBe(500)
  expect((await read('/healthz')).status).toBe(200)
})

test('a query changes nothing, and anything else is 404', async () => {
  const { read } = await served()
  for (const path of ['/healthz?t=1', '/metrics?t=1']) expect((await read(path)).status, path).toBe(200)
  expect((await read('/')).status).toBe(404)
})
