import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { runModels } from '../../adapters/terminal/models.ts'
import { modelsWords } from '../../src/messages/models.ts'
import type { Finding, ModelReport, ModelsWork, Watch } from '../../src/models-port.ts'

/** A terminal (or a log) that shows what somebody's work tells. */
function scene(work: Partial<ModelsWork>, { live = true, columns = 80, language = 'en' as 'en' | 'zh' } = {}) {
  const paper = () => {
    let text = ''
    const stream = new Writable({
      write(chunk, _encoding, done) {
        text += chunk
        done()
      },
    })
    return { stream: Object.assign(stream, { isTTY: live, columns }), text: () => text }
  }
  const [output, errors] = [paper(), paper()]
  const clock = { now: 0 }
  const stopping = new AbortController()
  const nothing = (): never => {
    throw new Error('nobody asked for this')
  }
  const deps = {
    work: {
      get: nothing,
      list: nothing,
      check: nothing,
      remove: nothing,
      prepare: nothing,
      explain: (error: unknown) => (error as Error).message,
      ...work,
    },
    words: modelsWords[language],
    output: output.stream,
    errors: errors.stream,
    env: {},
    now: () => clock.now,
    signal: stopping.signal,
  }
  return { deps, clock, stopping, said: output.text, complained: errors.text }
}

const GET = { kind: 'models', verb: 'get', name: 'z-image' } as const
const PLACE = { name: 'z-image', path: 'data/models/z-image', already: false }
const FILE = 'transformer/diffusion_pytorch_model-00001-of-00003.safetensors'
const GB = 1e9

/** Fetches 20 GB of 30 that are still missing, at 100 MB/s, told every tenth of a second. */
function fetching(clock: { now: number }, seconds: number) {
  return async (_name: string, _revision: string | undefined, { onProgress }: Watch) => {
    const startedAt = clock.now
    for (let tenth = 0; tenth <= seconds * 10; tenth++) {
      clock.now = startedAt + tenth * 100
      onProgress({ doneBytes: 10 * GB + tenth * 1e7, totalBytes: 30 * GB, what: FILE })
    }
    return PLACE
  }
}

it('a terminal shows one line with how much is done, the rate, the time left, and the file', async () => {
  const { deps, clock, said } = scene({}, { columns: 140 })
  deps.work.get = fetching(clock, 20)
  expect(await runModels(deps, GET)).toBe(0)
  const lines = said().split('\r\u001b[K')
  expect(lines.length).toBeGreaterThan(20)
  expect(lines.some((line) => line.includes('\n') && !line.startsWith('z-image is in'))).toBe(false)
  expect(lines.at(-2)).toBe(
    `z-image ▰▰▰▰▰▰▰▰▰▰▱▱▱▱▱▱▱▱▱▱▱▱▱▱ 40 % · 12.0 GB of 30.0 GB · 100 MB/s · 3 min left · ${FILE}`.slice(0, 139),
  )
})

it('what was there before a run does not count in its rate', async () => {
  const { deps, clock, said } = scene({})
  deps.work.get = fetching(clock, 2)
  await runModels(deps, GET)
  expect(said()).toMatch(/100 MB\/s/u)
  expect(said()).not.toMatch(/GB\/s/u)
  // Not from the first moments.
  expect(said().split('\r\u001b[K').slice(1, 3).join()).not.toContain('B/s')
})

it('what is fetched once more counts in the rate from there', async () => {
  const { deps, clock, said } = scene({})
  deps.work.get = async (...asked) => {
    await fetching(clock, 2)(...asked)
    return fetching(clock, 2)(...asked)
  }
  await runModels(deps, GET)
  expect(new Set(said().match(/· [^·]+B\/s/gu))).toEqual(new Set(['· 100 MB/s']))
})

it.each(['en', 'zh'] as const)('no line is wider than the terminal (%s)', async (language) => {
  const { deps, clock, said } = scene({}, { columns: 60, language })
  deps.work.get = fetching(clock, 2)
  await runModels(deps, GET)
  const widths = said()
    .split('\r\u001b[K')
    .slice(1, -1)
    .map((line) => [...line].reduce((width, character) => width + (/\p{Script=Han}/u.test(character) ? 2 : 1), 0))
  expect(Math.max(...widths)).toBe(59)
})

it('a terminal that does not know how wide it is counts as 80 columns', async () => {
  const { deps, clock, said } = scene({}, { columns: 0 })
  deps.work.get = fetching(clock, 2)
  await runModels(deps, GET)
  expect(said()).toContain('10.1 GB of 30.0 GB')
})

it('a log gets a line now and then, and the last one', async () => {
  const { deps, clock, said } = scene({}, { live: false })
  deps.work.get = fetching(clock, 200)
  await runModels(deps, GET)
  const lines = said().trim().split('\n')
  expect(lines.map((line) => /\d+ %/u.exec(line)?.[0])).toEqual([
    '33 %',
    '43 %',
    '53 %',
    '63 %',
    '73 %',
    '83 %',
    '93 %',
    '100 %',
    undefined,
  ])
})

it('what broke and is tried again stays to be read', async () => {
  const { deps, said } = scene({
    get: async (_name, _revision, { onTrouble }) => {
      onTrouble({ what: FILE, reason: { kind: 'network', code: 'ECONNRESET' }, waitMs: 4000 })
      return PLACE
    },
  })
  await runModels(deps, GET)
  expect(said()).toContain(`${FILE}: the connection failed (ECONNRESET), trying again in 4 s\n`)
})

it('what stood in the way goes to standard error, with status 1, and the line of progress is taken away', async () => {
  const { deps, said, complained } = scene({
    get: async (_name, _revision, { onProgress }) => {
      onProgress({ doneBytes: 1, totalBytes: 2, what: FILE })
      throw new Error('no disk')
    },
  })
  expect(await runModels(deps, GET)).toBe(1)
  expect(said()).toMatch(/\r\u001b\[K$/u)
  expect(complained()).toBe('no disk\n')
})

it('after Ctrl-C the same command is named, with all its settings', async () => {
  const { deps, said, stopping } = scene({
    get: async () => {
      stopping.abort()
      throw stopping.signal.reason
    },
  })
  expect(await runModels(deps, { ...GET, revision: 'v1', precision: 'int4' })).toBe(130)
  expect(said()).toMatch(/npm start -- models get z-image --revision v1 --precision int4\n$/u)
})

it('models stand in columns, whatever they are called', async () => {
  const { deps, said } = scene({
    list: async () =>
      ['模型', 'model'].map((name) => ({
        name,
        path: `data/${name}`,
        bytes: 16e6,
        configured: false,
        state: { kind: 'complete', precision: 'int8' },
      })),
  })
  await runModels(deps, { kind: 'models', verb: 'list' })
  expect(said().replace('\r\u001b[K', '')).toBe(
    '  模型   data/模型   16.0 MB  int8  complete\n  model  data/model  16.0 MB  int8  complete\n',
  )
})

it('a name from a file does not move the cursor', async () => {
  const what = 'x\u001b[2Jy\r'
  const { deps, said } = scene({
    list: async () => [
      {
        name: 'a',
        path: 'b',
        bytes: 1,
        configured: false,
        state: { kind: 'broken', fault: { code: 'failed', message: what } },
      },
    ],
    get: async (_name, _revision, { onProgress }) => {
      onProgress({ doneBytes: 1, totalBytes: 2, what })
      return PLACE
    },
  })
  await runModels(deps, { kind: 'models', verb: 'list' })
  await runModels(deps, GET)
  expect(said().replaceAll('\r\u001b[K', '')).not.toMatch(/[\u001b\r]/u)
})

const report = (ok: boolean, findings: readonly Finding[]): ModelReport => ({
  path: 'data/models/x',
  ok,
  parts: [{ part: 'transformer', tensors: 521, bytes: 12_300_000_000, findings }],
  faults: [],
})
const finding = (tensor: string) => ({ kind: 'missing', tensor, expected: [3840, 64] }) satisfies Finding

it('a faulty file is told of by a check', async () => {
  const faults = [{ code: 'checkpoint-corrupt', message: 'model.safetensors is cut off' }] as const
  const { deps, said } = scene({ check: async () => ({ ...report(false, []), faults }) })
  await runModels(deps, { kind: 'models', verb: 'check', name: 'x' })
  expect(said()).toContain('\nmodel.safetensors is cut off\n')
})

it('a model that is still on its way is told with its revision where that is not the usual one', async () => {
  const row = { name: 'a', path: 'b', bytes: 1, configured: false }
  const { deps, said } = scene({
    list: async () =>
      ['main', 'v1'].map((revision) => ({
        ...row,
        state: { kind: 'fetching', repo: 'o/r', revision, totalBytes: 1e9 },
      })),
  })
  await runModels(deps, { kind: 'models', verb: 'list' })
  expect(said()).toContain('v1')
  expect(said()).not.toContain('main')
})

it('what was fetched is prepared under the name that it has here', async () => {
  const prepared: string[] = []
  const { deps } = scene({
    get: async () => PLACE,
    prepare: async (name) => {
      prepared.push(name)
      return PLACE
    },
  })
  expect(await runModels(deps, { ...GET, name: 'Tongyi-MAI/Z-Image', precision: 'int8' })).toBe(0)
  expect(prepared).toEqual([PLACE.name])
})

it('a check tells every finding of a part, and ends with a verdict', async () => {
  const CHECK = { kind: 'models', verb: 'check', name: 'x' } as const
  const sound = scene({ check: async () => report(true, []) })
  expect(await runModels(sound.deps, CHECK)).toBe(0)
  expect(sound.said()).toContain('transformer: 521 tensors, 12.3 GB\ndata/models/x is sound.\n')

  const many = Array.from({ length: 300 }, (_, i) => finding(`layers.${i}`))
  const unsound = scene({ check: async () => report(false, many) })
  expect(await runModels(unsound.deps, CHECK)).toBe(1)
  const text = unsound.said()
  for (const { tensor } of many) expect(text).toContain(`\n  ${tensor} [3840, 64] is missing\n`)
  expect(text).toMatch(/is missing\ndata\/models\/x can't be used as it is\.\n$/u)
})
