import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createEngine } from '../engine/client.ts'
import { encodePicture } from '../engine/picture.ts'
import { type Clock, systemClock } from '../src/clock.ts'
import { readConfig } from '../src/config.ts'
import { randomIds } from '../src/ids.ts'
import { createLog } from '../src/log.ts'
import { createService } from '../src/service.ts'
import { openStore } from '../src/store/store.ts'
import { TINY } from './support/checkpoint.ts'
import { ManualClock } from './support/clock.ts'
import { temporaryFolder } from './support/folder.ts'

/** The whole service over two real engines on the CPU, one with a device that is not there where `broken`. */
async function openHouse({ broken = false } = {}) {
  const folder = temporaryFolder()
  const clock = new ManualClock()
  const after: Clock['after'] = (ms, call) => clock.after(ms, call)
  const sleep = () => clock.pass(60_000)
  const engines = (['cpu', broken ? 'cuda' : 'cpu'] as const).map((device) =>
    createEngine({ model: TINY, device, threads: 1, idle: { ms: 60_000, after } }),
  )
  const service = await createService({
    config: readConfig({ DATA_DIR: folder, MODEL: TINY }),
    store: openStore(folder),
    engines,
    chats: [],
    clock: systemClock,
    ids: randomIds,
    log: createLog({ path: join(folder, 'log.jsonl'), level: 'debug', secrets: [] }),
    encodePicture,
  })
  onTestFinished(() => service.stop(0))
  service.start()
  const { store, intake, events, queue } = service.services

  const until = async (holds: () => boolean) => {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        const off = events.on(() => {
          off()
          resolve()
        })
      })
    }
  }
  const ask = (seed: number, steps: number) => {
    const person = store.people.of('nowhere', String(seed), 'ann', 0)
    const address = { platform: 'nowhere', chat: 'room', route: null }
    const request = { prompt: 'a red fox', widthPx: 64, heightPx: 64, steps, guidance: 0, seed }
    const order = { event: `nowhere:${seed}`, asker: { person, ...address }, address, prompt: 'a red fox', request }
    return intake.accept({ ...order, private: false, language: 'en' }).id
  }
  const state = (job: number) => store.jobs.get(job)!.state
  return { engines, sleep, until, ask, state, queue, services: service.services }
}

test('two engines on the CPU draw two pictures at once, each in a thread of its own', async () => {
  const { engines, until, ask, state, queue } = await openHouse()
  const jobs = [ask(1, 40), ask(2, 40)]
  expect(queue.running()).toEqual(jobs)
  // Each is seen between two of its steps while the other is, too.
  const both = () =>
    jobs.every((id) => {
      const turn = queue.status({ id, state: 'running' } as never)
      return turn.state === 'running' && turn.progress !== undefined
    })
  await until(both)
  expect(engines.map((engine) => engine.state)).toEqual(['computing', 'computing'])
  await until(() => jobs.every((job) => state(job) === 'succeeded'))
})

test('one device that is not there leaves the other at work, and both are told', async () => {
  const { until, ask, state, queue, services } = await openHouse({ broken: true })
  const jobs = [ask(1, 2), ask(2, 2)]
  expect(queue.running()).toHaveLength(1)
  await until(() => jobs.every((job) => state(job) === 'succeeded'))
  expect(services.engines.statuses()).toMatchObject([
    { name: 'cpu', state: 'awake' },
    { name: 'cuda', state: 'missing', reason: expect.stringContaining('cuda') },
  ])
})

test('an engine that went to sleep wakes for the next job, and one is enough for one job', async () => {
  const { engines, sleep, until, ask, state, services } = await openHouse()
  await sleep()
  expect(engines.filter((engine) => engine.state === 'idle')).toEqual([])
  const woken: number[] = []
  services.events.on((event) => {
    if (event.kind === 'woken') woken.push(event.job)
  })
  const job = ask(1, 2)
  await until(() => state(job) === 'succeeded')
  expect(woken).toEqual([job])
  expect(engines.filter((engine) => engine.state === 'idle')).toHaveLength(1)
})
