import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createEngine, type EngineOptions } from '../../engine/client.ts'
import type { EngineState, ImageRequest } from '../../engine/engine.ts'
import { copyOfTiny, TINY } from '../support/checkpoint.ts'
import { ManualClock } from '../support/clock.ts'
import { temporaryFolder } from '../support/folder.ts'

const REQUEST: ImageRequest = { prompt: 'a red fox', widthPx: 64, heightPx: 64, steps: 3, guidance: 0, seed: 5 }
const CRASHING_WORKER = new URL('../support/crashing-worker.ts', import.meta.url)

describe('an engine that had no work for long', () => {
  /** An engine that sleeps when told, its states in the order it had them, and a way to wait for one. */
  function sleeper(options: Partial<EngineOptions> = {}) {
    const clock = new ManualClock()
    const states: EngineState[] = []
    const watchers = new Set<() => void>()
    const engine = createEngine({
      model: TINY,
      device: 'cpu',
      threads: 1,
      idle: { ms: 60_000, after: (ms, call) => clock.after(ms, call) },
      onState(state) {
        states.push(state)
        for (const watcher of [...watchers]) watcher()
      },
      ...options,
    })
    const reaches = (wanted: EngineState) =>
      new Promise<void>((resolve) => {
        const check = () => {
          if (engine.state !== wanted) return
          watchers.delete(check)
          resolve()
        }
        watchers.add(check)
        check()
      })
    const sleeps = async () => {
      await clock.pass(60_000)
      await reaches('unloaded')
    }
    return { engine, clock, states, reaches, sleeps }
  }

  it('ends its thread, loads the model again for the next request, and draws the same pixels', async () => {
    const { engine, clock, states, sleeps } = sleeper()
    await engine.ready
    const before = await engine.generate(REQUEST)
    await clock.pass(59_999)
    expect(engine.state).toBe('idle')
    await sleeps()
    let began = false
    const after = await engine.generate(REQUEST, {
      onBegin() {
        began = engine.state === 'computing'
      },
    })
    expect(began).toBe(true)
    expect(after[0]!.pixels).toEqual(before[0]!.pixels)
    expect(states).toEqual([
      'idle',
      'computing',
      'idle',
      'unloading',
      'unloaded',
      'loading',
      'idle',
      'computing',
      'idle',
    ])
    await engine.close()
  })

  it('counts from the end of its last work, and never sleeps while it computes', async () => {
    const { engine, clock, sleeps } = sleeper()
    await engine.ready
    await clock.pass(30_000)
    const began = Promise.withResolvers<void>()
    const running = engine.generate({ ...REQUEST, steps: 20 }, { onBegin: began.resolve })
    await began.promise
    await clock.pass(120_000)
    await running
    await clock.pass(59_999)
    expect(engine.state).toBe('idle')
    await sleeps()
    await engine.close()
  })

  it('waits for the old thread to end before it loads, when a request comes meanwhile', async () => {
    const { engine, clock, states } = sleeper()
    await engine.ready
    await clock.pass(60_000)
    expect(engine.state).toBe('unloading')
    await expect(engine.generate(REQUEST)).resolves.toHaveLength(1)
    expect(states.slice(1, 4)).toEqual(['unloading', 'unloaded', 'loading'])
    await engine.close()
  })

  it.each(['unloaded', 'unloading', 'loading'] as const)('closes while it is %s', async (when) => {
    const { engine, clock, states, reaches } = sleeper()
    await engine.ready
    await clock.pass(60_000)
    if (when !== 'unloading') await reaches('unloaded')
    const waking = when === 'loading' ? engine.generate(REQUEST) : undefined
    const rejected = waking && expect(waking).rejects.toMatchObject({ code: 'cancelled' })
    expect(engine.state).toBe(when)
    if (when === 'unloading') {
      // A request that is given up meanwhile loads nothing.
      const abort = new AbortController()
      const given = engine.generate(REQUEST, { signal: abort.signal })
      abort.abort()
      await expect(given).rejects.toMatchObject({ code: 'cancelled' })
    }
    await engine.close()
    await rejected
    expect(engine.state).toBe('closed')
    expect(states.includes('loading')).toBe(when === 'loading')
  })

  it('gives up a request at once when it is cancelled while the model is loaded, and computes the next one', async () => {
    const { engine, sleeps } = sleeper()
    await engine.ready
    await sleeps()
    const abort = new AbortController()
    const cancelled = engine.generate(REQUEST, { signal: abort.signal })
    abort.abort()
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
    expect(engine.state).toBe('loading')
    await expect(engine.generate(REQUEST)).resolves.toHaveLength(1)
    await engine.close()
  })

  it('tells the request why the model cannot be loaded again, and tries anew for the next one', async () => {
    const model = await copyOfTiny()
    const { engine, sleeps, reaches } = sleeper({ model })
    await engine.ready
    await sleeps()
    await rename(model, `${model}-away`)
    await expect(engine.generate(REQUEST)).rejects.toMatchObject({ code: 'checkpoint-missing' })
    await reaches('unloaded')
    await rename(`${model}-away`, model)
    await expect(engine.generate(REQUEST)).resolves.toHaveLength(1)
    await engine.close()
  })

  it('tells the request when its thread dies while it loads, and tries anew for the next one', async () => {
    const folder = temporaryFolder()
    const sign = join(folder, 'sign')
    process.env.CRASH_WHILE_LOADING = sign
    onTestFinished(() => void delete process.env.CRASH_WHILE_LOADING)
    const crashes: Error[] = []
    const { engine, sleeps } = sleeper({ workerUrl: CRASHING_WORKER, onCrash: (error) => crashes.push(error) })
    await engine.ready
    await sleeps()
    await writeFile(sign, '')
    await expect(engine.generate(REQUEST)).rejects.toMatchObject({ code: 'crashed' })
    await rm(sign)
    await expect(engine.generate(REQUEST)).resolves.toHaveLength(1)
    expect(crashes).toEqual([])
    await engine.close()
  })
})

describe('an engine whose thread dies', () => {
  it.each(['crash', 'vanish'])(
    'rejects what was pending after a %s, tells, and computes the next request in a new thread',
    async (fault) => {
      const crashes: Error[] = []
      const engine = createEngine({
        model: TINY,
        device: 'cpu',
        threads: 1,
        workerUrl: CRASHING_WORKER,
        onCrash: (error) => crashes.push(error),
      })
      await engine.ready
      await expect(engine.generate({ ...REQUEST, prompt: fault, steps: 500 })).rejects.toMatchObject({
        code: 'crashed',
      })
      expect(crashes).toHaveLength(1)
      await expect(engine.generate(REQUEST)).resolves.toHaveLength(1)
      await engine.close()
    },
  )
})

describe('an engine whose thread dies as soon as it is up', () => {
  it('waits for a request before it tries again', async () => {
    const sign = join(temporaryFolder(), 'sign')
    await writeFile(sign, '')
    process.env.CRASH_WHEN_LOADED = sign
    onTestFinished(() => void delete process.env.CRASH_WHEN_LOADED)
    const crashes: Error[] = []
    const died = Promise.withResolvers<void>()
    const onState = (state: EngineState) => state === 'unloaded' && died.resolve()
    const options = { model: TINY, device: 'cpu', threads: 1, workerUrl: CRASHING_WORKER } as const
    const engine = createEngine({ ...options, onState, onCrash: (error) => crashes.push(error) })
    await engine.ready
    await died.promise
    await rm(sign)
    await expect(engine.generate(REQUEST)).resolves.toHaveLength(1)
    expect(crashes).toMatchObject([{ message: 'a fault of an idle thread' }])
    await engine.close()
  })
})

it('a model whose device was lost is unloaded, and loaded anew, where it was, for the next request', async () => {
  const losing = `
    import { parentPort, workerData } from 'node:worker_threads'
    parentPort.on('message', ({ kind, id }) => {
      if (kind === 'close') process.exit(0)
      parentPort.postMessage({ kind: 'rejected', id, error: { code: 'no-device', message: 'it was lost' } })
    })
    const { device: model } = workerData
    const info = { model, device: 'webgpu', deviceId: 1, deviceNotes: [model] }
    parentPort.postMessage({ kind: 'loaded', info })`
  const states: EngineState[] = []
  const engine = createEngine({
    model: TINY,
    device: 'auto',
    workerUrl: new URL(`data:text/javascript,${encodeURIComponent(losing)}`),
    onState: (state) => states.push(state),
  })
  for (const _ of [1, 2]) await expect(engine.generate(REQUEST)).rejects.toMatchObject({ code: 'no-device' })
  // Why it was chosen at first is still told.
  expect(engine.info).toEqual({ model: 'webgpu', device: 'webgpu', deviceId: 1, deviceNotes: ['auto'] })
  await engine.close()
  const life = ['idle', 'computing', 'idle', 'unloading', 'unloaded']
  expect(states).toEqual([...life, 'loading', ...life, 'closed'])
})
