/**
 * Everything there is to measure on a machine with a GPU, in one command, in nine minutes at most, without a network:
 *
 *   npm run bench:gpu -- [--device cuda|webgpu|cpu] [--model FOLDER] [--size PX] [--steps N] [--runs N] [--minutes N]
 *                        [--folder FOLDER] [--layers N] [--python PATH] [--only PART,…]
 *
 * Checks what CUDA needs; writes a checkpoint of random weights of the released size (unless there is one in --folder, or
 * --model names another); checks the small reference cases on the device and on WebGPU, as released and prepared; measures the peak
 * of matrix products in PyTorch and in ONNX Runtime; then times a picture's parts: ours with weights as they are (bfloat16), diffusers
 * on PyTorch in bfloat16, eager and compiled, and ours of 4 bits, of 8 bits and in float16, which are prepared meanwhile. Everything
 * measured is a process of its own, none longer than a quarter of --minutes: one that fails prints why, and the rest goes on. Prints
 * tables, and writes bench/results/gpu.json after each part.
 *
 * What the minutes are not enough for is left out. What is written in --folder stays there, and `--only prepared` goes on with it. That
 * is 57 GB of disk, 37 where there is no room for float16, and none with `--only machine,cases,peak`. The preparing takes three cores
 * (on the CPU, which it would slow, everything else waits for it). The comparison wants a Python with torch, diffusers and transformers
 * (training/requirements.txt). docs/gpu.md says how CUDA gets to where nothing can be downloaded.
 */
import { existsSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Precision } from '../engine/checkpoint/treatment.ts'
import { checkCuda } from '../engine/cuda-check.ts'
import { installedRuntime } from '../engine/cuda-provider.ts'
import type { Device } from '../engine/engine.ts'
import { readCards } from '../engine/nvidia.ts'
import { machine } from '../engine/probes.ts'
import { watched } from './gpu-memory.ts'
import type { PartName, PreparedReport, Work } from './gpu-part.ts'
import { findPython } from './gpu-python.ts'
import { gpuTable, type Row, rounded } from './gpu-table.ts'
import { type Ended, runJson } from './json-process.ts'
import { RESULTS, writeResults } from './results.ts'

const PARTS = ['machine', 'cases', 'peak', 'own', 'queue', 'diffusers', 'prepared'] as const
const MINUTE_MS = 60_000
// Small ones that between them have guidance, padding and unequal prompts.
const CASES = ['empty-prompt', 'square-padded', 'guidance', 'batch-unequal-prompts']
/** Size of a product of matrices, and how many after one another, so that starting one does not count. */
const PEAK = {
  cuda: { size: 8192, chain: 32 },
  webgpu: { size: 4096, chain: 4 },
  cpu: { size: 1024, chain: 4 },
} as const

const { values: options } = parseArgs({
  options: {
    device: { type: 'string', default: 'cuda' },
    model: { type: 'string' },
    size: { type: 'string', default: '1024' },
    steps: { type: 'string', default: '8' },
    runs: { type: 'string', default: '5' },
    minutes: { type: 'string', default: '9' },
    folder: { type: 'string', default: join(RESULTS, 'gpu') },
    layers: { type: 'string' },
    python: { type: 'string' },
    only: { type: 'string', default: PARTS.join(',') },
  },
})
const device = options.device as Device
const sizePx = Number(options.size)
const steps = Number(options.steps)
const runs = Number(options.runs)
const wanted = new Set(options.only.split(','))
const unknown = [...wanted].filter((part) => !(PARTS as readonly string[]).includes(part))
if (unknown.length > 0) throw new Error(`--only: expected some of ${PARTS.join(',')}, got ${unknown}`)
const limitMs = Number(options.minutes) * MINUTE_MS
const endsAt = performance.now() + limitMs

const cases: (PreparedReport & { device: Device })[] = []
const rows: Record<string, Row> = {}
const failures: Record<string, string> = {}
const results: Record<string, unknown> = { at: new Date().toISOString(), device, sizePx, steps, cases, rows, failures }
const peak: { torch?: number; onnxruntime?: number } = {}

const findings = await checkCuda()
// The libraries that came with PyTorch serve as well.
const libraryPath = findings.map(({ fact }) => fact).find((fact) => fact.kind === 'elsewhere')?.libraryPath
const ownEnv = libraryPath
  ? { ...process.env, LD_LIBRARY_PATH: [libraryPath, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':') }
  : undefined
const model = wants('own', 'queue', 'diffusers', 'prepared') ? checkpoint() : undefined
const int4 = prepare('int4')
const int8 = prepare('int8')
// As large as the model: behind the others it sees what room is left.
const float16 = Promise.all([int4, int8]).then(() => prepare('float16'))
if (device === 'cpu') await Promise.all([model, float16])

await part('machine', async () => {
  for (const { state, sentence } of findings) console.log(`${state === 'good' ? '✓' : '✗'} ${sentence}`)
  results.machine = {
    cards: await readCards(machine),
    cpu: `${cpus().length} × ${cpus()[0]?.model}`,
    runtime: installedRuntime().version,
    findings,
  }
})

await part('cases', async () => {
  for (const on of new Set<Device>([device, 'webgpu']))
    await attempt(
      `reference cases on ${on}`,
      () => child<{ reports: PreparedReport[] }>('cases', { device: on, names: CASES }),
      ({ reports }) => {
        for (const report of reports) cases.push({ device: on, ...report })
        console.table(reports.map(({ noise, error, ...report }) => rounded(report)))
        for (const { case: name, precision, ok, error = 'too far off' } of reports)
          if (!ok) fail(`${name} of ${precision} on ${on}`, error)
      },
    )
})

const pythons = options.python ? [options.python] : ['.venv/bin/python', 'python3', '/opt/conda/bin/python']
const { python, complaint } = await findPython(wants('diffusers', 'peak') ? pythons : [])
if (python) console.log(`PyTorch ${python.torch} ${python.hasCuda ? 'with' : 'without'} CUDA: ${python.command}`)
if (complaint) fail('what to compare with', complaint)

await part('peak', async () => {
  const shape = PEAK[device]
  type Peak = { tflopPerSecond: number }
  const show = (who: string, { tflopPerSecond }: Peak) =>
    console.log(`${who}: ${tflopPerSecond.toPrecision(3)} TFLOP/s`)
  if (python)
    await attempt(
      'peak of PyTorch',
      () => diffusers<Peak>({ part: 'matmul', ...shape }),
      (result) => {
        show('PyTorch, bfloat16', result)
        peak.torch = result.tflopPerSecond
      },
    )
  for (const type of device === 'cuda' ? ['bfloat16', 'float16'] : ['float32'])
    await attempt(
      `peak of ONNX Runtime in ${type}`,
      () => child<Peak>('matmul', { device, type, ...shape }),
      (result) => {
        show(`ONNX Runtime, ${type}`, result)
        peak.onnxruntime = Math.max(peak.onnxruntime ?? 0, result.tflopPerSecond)
      },
    )
  results.peak = peak
})

const source = await model
if (source) {
  await part('own', () => measure('as it is', device, source))
  await part('queue', () =>
    attempt(
      'jobs one after another',
      () => child<{ secondsPerPicture: number; idle: number }>('queue', work(source)),
      (queue) => {
        console.log(`${queue.secondsPerPicture.toFixed(3)} s a picture, idle ${(queue.idle * 100).toFixed(1)} %`)
        results.queue = queue
      },
    ),
  )
  await part('diffusers', async () => {
    if (!python || python.missing.length > 0) return
    const dtype = device === 'cpu' ? 'float32' : 'bfloat16'
    for (const compiled of [false, true]) {
      const name = `diffusers ${dtype}, ${compiled ? 'blocks compiled' : 'eager'}`
      await attempt(
        name,
        () => watched(() => diffusers<Row>({ part: 'draw', ...work(source), dtype, compiled })),
        (row) => {
          rows[name] = row
        },
      )
    }
  })
  await part('prepared', async () => {
    for (const [name, folder] of Object.entries({ int4, int8, float16 })) {
      const prepared = await folder
      if (prepared) await measure(name, device, prepared)
    }
    // Last: it may be slow.
    const small = await int4
    if (small && device !== 'webgpu') await measure('int4 on webgpu', 'webgpu', small)
  })
}

const table = gpuTable(rows, peak.torch ?? peak.onnxruntime)
console.log(`\n${sizePx}×${sizePx}, ${steps} evaluations, warm, seconds:\n\n${table}`)

function wants(...parts: readonly (typeof PARTS)[number][]): boolean {
  return parts.some((name) => wanted.has(name))
}

/** One part of all, unless it is not wanted; what it measured is saved at once. */
async function part(name: (typeof PARTS)[number], run: () => Promise<unknown>): Promise<void> {
  if (!wanted.has(name)) return
  console.log(`\n── ${name} ──`)
  await run().catch((error) => fail(name, String(error)))
  await writeResults('gpu', results)
}

/** Uses what was measured, and goes on after a failure, which it prints. */
async function attempt<T>(name: string, run: () => Promise<Ended<T>>, use: (printed: T) => void): Promise<void> {
  const started = performance.now()
  const { printed, failure }: Ended<T> = endsAt <= started ? { failure: 'no time is left' } : await run()
  if (printed !== undefined) use(printed)
  if (failure) fail(name, failure)
  else console.log(`${name}: done in ${((performance.now() - started) / 1000).toFixed(0)} s`)
}

function fail(name: string, why: string): void {
  console.log(`${name}: failed: ${why}`)
  failures[name] = why
}

/** The checkpoint to measure with; undefined where none could be written. */
async function checkpoint(): Promise<string | undefined> {
  if (options.model !== undefined) return options.model
  const folder = join(options.folder, 'random')
  // Written last.
  const isThere = () => existsSync(join(folder, 'model_index.json'))
  const layers = options.layers && { layers: Number(options.layers) }
  if (!isThere())
    await attempt(
      'random checkpoint',
      () => child('write', { folder, ...layers }, limitMs),
      () => {},
    )
  return isThere() ? folder : undefined
}

/** The model in a precision, written beside what is measured; undefined where it could not be, or is not wanted. */
async function prepare(precision: Precision): Promise<string | undefined> {
  const source = wants('prepared') ? await model : undefined
  if (source === undefined) return undefined
  const target = join(options.folder, precision)
  let isReady = false
  await attempt(
    `preparing ${precision}`,
    () => child('prepare', { source, target, precision }, limitMs),
    () => {
      isReady = true
    },
  )
  return isReady ? target : undefined
}

/** Times a model's parts, and keeps them as a row of the table. */
async function measure(name: string, on: Device, folder: string): Promise<void> {
  const asked: Work = { ...work(folder), device: on, runs: on === device ? runs : 1 }
  await attempt(
    `${name} (${on})`,
    () => watched(() => child<Row & { engine: object; hostPeakMb: number }>('stages', asked)),
    ({ hostPeakMb, ...row }) => {
      console.log(`${name} (${on}): ${JSON.stringify(row.engine)}`)
      rows[name] = { ...row, ...(device === 'cpu' && { memoryMb: hostPeakMb }) }
    },
  )
}

function work(model: string): Work {
  return { device, model, sizePx, steps, runs }
}

/** Runs a part of bench/gpu-part.ts until it is done, has had its share of the time, or the time is over. */
function child<T>(name: PartName, asked: object, atMostMs = limitMs / 4): Promise<Ended<T>> {
  const args = [join(import.meta.dirname, 'gpu-part.ts'), name, JSON.stringify(asked)]
  return runJson(process.execPath, args, { limitMs: left(atMostMs), env: ownEnv })
}

function diffusers<T>(asked: object): Promise<Ended<T>> {
  const file = join(import.meta.dirname, 'diffusers_gpu.py')
  const where = { device: device === 'cpu' ? 'cpu' : 'cuda' }
  return runJson(python!.command, [file, JSON.stringify({ ...asked, ...where })], { limitMs: left(limitMs / 4) })
}

function left(atMostMs: number): number {
  return Math.min(atMostMs, endsAt - performance.now())
}
