import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEngine } from '../../engine/client.ts'
import type { Engine, ImageRequest, StepProgress } from '../../engine/engine.ts'
import { TINY } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'

const REQUEST: ImageRequest = { prompt: 'a red fox', widthPx: 64, heightPx: 64, steps: 3, guidance: 0, seed: 5 }

describe('an engine on a small model', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = createEngine({ model: TINY, device: 'cpu', threads: 1 })
    await engine.ready
  })
  afterAll(() => engine.close())

  it('tells what it loaded', () => {
    expect(engine.info).toMatchObject({ device: 'cpu', deviceNotes: [{ kind: 'configured' }], profile: { steps: 8 } })
  })

  it('tells each step, then gives the pictures', async () => {
    const steps: StepProgress[] = []
    const started = performance.now()
    const pictures = await engine.generate({ ...REQUEST, count: 2 }, { onStep: (step) => steps.push(step) })
    // Each its own time.
    expect(pictures.reduce((sum, { computeMs }) => sum + computeMs, 0)).toBeLessThan(performance.now() - started)
    expect(steps[0]).toEqual({ step: 1, steps: 3, picture: 0, count: 2 })
    expect(steps.map(({ picture, step }) => [picture, step])).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 1],
      [1, 2],
      [1, 3],
    ])
    expect(pictures).toMatchObject([
      { seed: 5, widthPx: 64, heightPx: 64 },
      { seed: 6, widthPx: 64, heightPx: 64 },
    ])
    expect(pictures.map(({ pixels }) => pixels.length)).toEqual([64 * 64 * 3, 64 * 64 * 3])
  })

  it('draws each of several pictures as its own seed would draw it alone', async () => {
    const [, second] = await engine.generate({ ...REQUEST, count: 2 })
    const [alone] = await engine.generate({ ...REQUEST, seed: 6 })
    expect(second?.pixels).toEqual(alone?.pixels)
    const [other] = await engine.generate({ ...REQUEST, seed: 7 })
    expect(other?.pixels).not.toEqual(alone?.pixels)
  })

  it('varies a picture by its seed, the same way each time', async () => {
    const [plain] = await engine.generate(REQUEST)
    const [varied] = await engine.generate({ ...REQUEST, vary: 50 })
    const [again] = await engine.generate({ ...REQUEST, vary: 50 })
    expect(varied?.pixels).not.toEqual(plain?.pixels)
    expect(again?.pixels).toEqual(varied?.pixels)
  })

  it('lets a negative prompt act where there is guidance, and only there', async () => {
    const draw = async (request: Partial<ImageRequest>) =>
      (await engine.generate({ ...REQUEST, ...request }))[0]?.pixels
    expect(await draw({ guidance: 3, negativePrompt: 'snow' })).not.toEqual(await draw({ guidance: 3 }))
    expect(await draw({ negativePrompt: 'snow' })).toEqual(await draw({}))
  })

  it('refuses a second request while the first runs', async () => {
    const first = engine.generate(REQUEST)
    await expect(engine.generate(REQUEST)).rejects.toMatchObject({ code: 'busy' })
    await expect(first).resolves.toHaveLength(1)
  })

  it('stops before the next step when cancelled, and can go on', async () => {
    const cancel = new AbortController()
    let steps = 0
    const cancelled = engine.generate(
      { ...REQUEST, steps: 500 },
      {
        signal: cancel.signal,
        onStep() {
          steps++
          cancel.abort()
        },
      },
    )
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
    expect(steps).toBeLessThan(500)
    await expect(engine.generate(REQUEST)).resolves.toHaveLength(1)
  })

  it('does not begin what was cancelled before', async () => {
    await expect(engine.generate(REQUEST, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' })
  })

  it.each([
    [{ widthPx: 100 }, 'widthPx: expected a multiple of 16 from 16 to 8192 pixels, got 100'],
    [{ heightPx: 0 }, 'heightPx: expected a multiple of 16'],
    [{ heightPx: 1e9 }, 'heightPx: expected a multiple of 16'],
    [{ steps: 0 }, 'steps: expected a whole number from 1 to 1000, got 0'],
    [{ steps: 2.5 }, 'steps: expected a whole number'],
    [{ seed: -1 }, 'seed: expected a whole number from 0'],
    [{ seed: 2 ** 53 }, 'seed: expected a whole number'],
    [{ count: 0 }, 'count: expected a whole number from 1'],
    [{ count: null as unknown as number }, 'count: expected a whole number from 1 to 100, got null'],
    [{ guidanceTruncation: null as unknown as number }, 'guidanceTruncation: expected a number from 0 to 1, got null'],
    [{ guidance: Number.NaN }, 'guidance: expected a number from 0 to 100, got NaN'],
    [{ guidanceTruncation: 2 }, 'guidanceTruncation: expected a number from 0 to 1'],
    [{ vary: 101 }, 'vary: expected a number from 0 to 100'],
    [{ prompt: 7 as unknown as string }, 'prompt: expected a text'],
    [{ negativePrompt: 7 as unknown as string }, 'negativePrompt: expected a text'],
    [{ guidanceRenormalisation: -1 }, 'guidanceRenormalisation: expected a number from 0 to 100'],
    [{ prompt: 'x'.repeat(100_001) }, 'prompt: expected a text of at most 100000 characters, got 100001 characters'],
  ])('refuses %o and says what it expected', async (wrong, message) => {
    await expect(engine.generate({ ...REQUEST, ...wrong })).rejects.toMatchObject({
      code: 'bad-request',
      message: expect.stringContaining(message),
    })
  })
})

describe('an engine that is closed', () => {
  it('cancels what runs when it is closed, and takes nothing more', async () => {
    const engine = createEngine({ model: TINY, device: 'cpu', threads: 1 })
    const started = Promise.withResolvers<void>()
    const running = engine.generate({ ...REQUEST, steps: 500 }, { onStep: () => started.resolve() })
    await started.promise
    const rejected = expect(running).rejects.toMatchObject({ code: 'cancelled' })
    await engine.close()
    await rejected
    await expect(engine.generate(REQUEST)).rejects.toMatchObject({ code: 'closed' })
  })
})

describe('an engine that cannot load', () => {
  it('gives the reason to whoever waits or asks, and closes', async () => {
    const engine = createEngine({ model: `${temporaryFolder()}/nothing`, device: 'cpu' })
    await expect(engine.ready).rejects.toMatchObject({ code: 'checkpoint-missing' })
    await expect(engine.generate(REQUEST)).rejects.toMatchObject({ code: 'checkpoint-missing' })
    await engine.close()
  })

  it('says that a device is not there', async () => {
    const engine = createEngine({ model: TINY, device: 'cuda' })
    await expect(engine.ready).rejects.toMatchObject({ code: 'no-device', message: expect.stringContaining('cuda') })
    await engine.close()
  })

  it('says what Windows lacks where the runtime cannot be loaded', async () => {
    const said =
      'The specified module could not be found.\r\n' +
      '\\\\?\\C:\\z\\node_modules\\onnxruntime-node\\bin\\napi-v6\\win32\\x64\\onnxruntime_binding.node'
    const code = `throw Object.assign(new Error(${JSON.stringify(said)}), { code: 'ERR_DLOPEN_FAILED' })`
    const workerUrl = new URL(`data:text/javascript,${encodeURIComponent(code)}`)
    const engine = createEngine({ model: TINY, device: 'auto', workerUrl })
    await expect(engine.ready).rejects.toThrow(/onnxruntime_binding\.node\n.*winget install Microsoft\.VCRedist/u)
    await engine.close()
  })
})
