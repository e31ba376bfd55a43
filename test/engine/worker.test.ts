import { on, once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { createEngine } from '../../engine/client.ts'
import type { ImageRequest } from '../../engine/engine.ts'
import type { FromWorker, LoadOptions, ToWorker } from '../../engine/protocol.ts'
import { TINY } from '../support/checkpoint.ts'

const REQUEST: ImageRequest = { prompt: 'a red fox', widthPx: 64, heightPx: 64, steps: 3, guidance: 0, seed: 5 }

it('the thread itself refuses a second request while it computes, and ends when told to close', async () => {
  // Too little for the largest pictures of the model, which is told.
  const workerData: LoadOptions = { model: TINY, device: 'cpu', threads: 1, deviceMemoryBytes: 5e8 }
  const worker = new Worker(new URL('../../engine/worker.ts', import.meta.url), { workerData })
  const exit = once(worker, 'exit')
  const send = (message: ToWorker) => worker.postMessage(message)
  const ends: FromWorker[] = []
  for await (const [message] of on(worker, 'message') as AsyncIterable<[FromWorker]>) {
    if (message.kind === 'loaded') expect(message.info.largestPixels).toBe(message.info.memory!.edgePx ** 2)
    if (message.kind === 'loaded') for (const id of [1, 2]) send({ kind: 'generate', id, request: REQUEST })
    if (message.kind === 'done' || message.kind === 'rejected') ends.push(message)
    if (ends.length === 2) break
  }
  expect(ends).toMatchObject([
    { kind: 'rejected', id: 2, error: { code: 'busy' } },
    { kind: 'done', id: 1 },
  ])
  send({ kind: 'close' })
  expect(await exit).toEqual([0])
})

it('where the host has no memory for the numbers of a picture, the request is refused with that', async () => {
  // Whatever asks for this kind of array, as the last step does, gets V8's own refusal.
  const poor = `globalThis.Uint8ClampedArray = class { constructor() { new ArrayBuffer(Number.MAX_SAFE_INTEGER) } }`
  const workerData: LoadOptions = { model: TINY, device: 'cpu', threads: 1 }
  const worker = new Worker(new URL('../../engine/worker.ts', import.meta.url), {
    workerData,
    execArgv: ['--import', `data:text/javascript,${encodeURIComponent(poor)}`],
  })
  const exit = once(worker, 'exit')
  const send = (message: ToWorker) => worker.postMessage(message)
  for await (const [message] of on(worker, 'message') as AsyncIterable<[FromWorker]>) {
    if (message.kind === 'loaded') send({ kind: 'generate', id: 1, request: REQUEST })
    if (message.kind !== 'rejected') continue
    expect(message.error).toMatchObject({
      code: 'out-of-memory',
      message: expect.stringContaining('Array buffer allocation failed'),
    })
    break
  }
  send({ kind: 'close' })
  expect(await exit).toEqual([0])
})

it('left to choose, it takes a device that works and says why', async () => {
  const engine = createEngine({ model: TINY, device: 'auto', threads: 1 })
  const { device, deviceNotes } = await engine.ready
  expect(['cpu', 'webgpu', 'cuda']).toContain(device)
  expect(deviceNotes).not.toHaveLength(0)
  await expect(engine.generate(REQUEST)).resolves.toHaveLength(1)
  await engine.close()
})
