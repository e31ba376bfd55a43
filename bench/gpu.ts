/**
 * Everything there is to measure on a machine with a GPU, in one command, in nine minutes, without a network:
 *
 *   npm run bench:gpu -- [--device cuda|webgpu|cpu] [--model FOLDER] [--size PX] [--steps N] [--runs N] [--minutes N]
 *                        [--folder FOLDER] [--layers N] [--python PATH] [--only PART,…]
 *
 * Checks what CUDA needs; writes a checkpoint of random weights of the released size (unless there is one in --folder, or
 * --model names another); checks the small reference cases on the device and on WebGPU; measures the peak of matrix products in
 * PyTorch and in ONNX Runtime; then times a picture's parts: ours with weights as they are (bfloat16), of 4 bits, in float16 and of
 * 8 bits, and diffusers on PyTorch in bfloat16, eager and compiled. Each part is a process of its own with a time limit: one that fails
 * prints why, and the rest goes on. Prints tables, and writes bench/results/gpu.json after each part.
 *
 * It needs 50 GB of disk in --folder, and for the comparison a Python with torch, diffusers and transformers
 * (training/requirements.txt). docs/gpu.md says how CUDA gets to where nothing can be downloaded.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import type { Precision } from '../engine/checkpoint/recipe.ts'
import { checkCuda } from '../engine/cuda-check.ts'
import { installedRuntime } from '../engine/cuda-provider.ts'
import type { Device } from '../engine/engine.ts'
import { readCards } from '../engine/nvidia.ts'
import { machine } from '../engine/probes.ts'
import type { CaseReport } from '../engine/verify-case.ts'
import { watchMemory } from './gpu-memory.ts'
import type { PartName, Work } from './gpu-part.ts'
import { gpuTable, type Row } from './gpu-table.ts'

const PARTS = ['machine', 'cases', 'peak', 'own', 'queue', 'diffusers', 'prepared'] as const
const MINUTE_MS = 60_000
// Small ones that between them have guidance, padding and unequal prompts.
const CASES = ['empty-prompt', 'square-padded', 'guidance', 'batch-unequal-prompts']
const RESULTS = join(import.meta.dirname, 'results')
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
const endsAt = performance.now() + Number(options.minutes) * MINUTE_MS

const cases: (Partial<CaseReport> & { device: Device })[] = []
const rows: Record<string, Row> = {}
const results: Record<string, unknown> = { at: new Date().toISOString(), device, sizePx, steps, cases, rows }
const childEnv: NodeJS.ProcessEnv = { ...process.env }
let torchPeak: number | undefined
let ownPeak: number | undefined

await part('machine', async () => {
  const findings = await checkCuda(installedRuntime())
  for (const { state, sentence } of findings) console.log(`${state === 'good' ? '✓' : '✗'} ${sentence}`)
  // The libraries that came with PyTorch serve as well.
  const libraryPath = findings.find((finding) => finding.libraryPath)?.libraryPath
  if (libraryPath) childEnv.LD_LIBRARY_PATH = [libraryPath, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':')
  results.machine = {
    cards: await readCards(machine),
    cpu: `${cpus().length} × ${cpus()[0]?.model}`,
    runtime: installedRuntime().version,
    findings,
  }
})

const python = await findPython()
const model = await checkpoint()

await part('cases', async () => {
  for (const on of new Set<Device>([device, 'webgpu']))
    await attempt(`reference cases on ${on}`, async () => {
      const { reports } = await child<{ reports: CaseReport[] }>('cases', { device: on, names: CASES })
      for (const report of reports) cases.push({ device: on, ...report })
      console.table(reports.map(({ case: name, ok, ...errors }) => ({ case: name, ok, ...rounded(errors) })))
    })
})

await part('peak', async () => {
  const shape = PEAK[device]
  if (python)
    await attempt('peak of PyTorch', async () => {
      const result = await diffusers<{ tflopPerSecond: number }>({ part: 'matmul', ...shape })
      torchPeak = result.tflopPerSecond
    })
  for (const type of device === 'cuda' ? ['bfloat16', 'float16'] : ['float32'])
    await attempt(`peak of ONNX Runtime in ${type}`, async () => {
      const { tflopPerSecond } = await child<{ tflopPerSecond: number }>('matmul', { device, type, ...shape })
      console.log(`ONNX Runtime, ${type}: ${tflopPerSecond.toPrecision(3)} TFLOP/s`)
      ownPeak = Math.max(ownPeak ?? 0, tflopPerSecond)
    })
  if (torchPeak) console.log(`PyTorch, bfloat16: ${torchPeak.toPrecision(3)} TFLOP/s`)
  results.peak = { torch: torchPeak, onnxruntime: ownPeak }
})

if (model) {
  await part('own', () => measure('as it is', device, model))
  await part('queue', () =>
    attempt('jobs one after another', async () => {
      const work: Work = { device, model, sizePx, steps, runs }
      const { secondsPerPicture, computeSeconds } = await child<Record<string, number>>('queue', work)
      // The engine's own clock begins after the prompt was read: that is work too.
      const busy = (computeSeconds as number) + (rows['as it is']?.promptSeconds ?? 0)
      const idle = Math.max(0, 1 - busy / (secondsPerPicture as number))
      console.log(`${(secondsPerPicture as number).toFixed(3)} s a picture, idle ${(idle * 100).toFixed(1)} %`)
      results.queue = { secondsPerPicture, idle }
    }),
  )
  await part('diffusers', async () => {
    if (!python) return
    const dtype = device === 'cpu' ? 'float32' : 'bfloat16'
    for (const compiled of [false, true]) {
      const name = `diffusers ${dtype}, ${compiled ? 'compiled' : 'eager'}`
      await attempt(name, async () => {
        rows[name] = await watched(() =>
          diffusers<Row>({
            part: 'draw',
            model,
            dtype,
            compiled,
            sizePx,
            steps,
            runs: compiled ? runs : Math.min(runs, 3),
          }),
        )
      })
    }
  })
  await part('prepared', async () => {
    for (const precision of ['int4', 'float16', 'int8'] as const)
      await prepared(model, precision, async (folder) => {
        await measure(precision, device, folder)
        if (precision === 'int4' && device !== 'webgpu') await measure('int4 on webgpu', 'webgpu', folder)
      })
  })
}

console.log(`\n${sizePx}×${sizePx}, ${steps} evaluations, warm, seconds:\n\n${gpuTable(rows, torchPeak)}`)

/** One part of all, unless it is not wanted; what it measured is saved at once. */
async function part(name: (typeof PARTS)[number], work: () => Promise<unknown>): Promise<void> {
  if (!wanted.has(name)) return
  console.log(`\n── ${name} ──`)
  await work().catch((error) => fail(name, error))
  await mkdir(RESULTS, { recursive: true })
  await writeFile(join(RESULTS, 'gpu.json'), `${JSON.stringify(results, null, 2)}\n`)
}

/** Goes on after an error, which it prints. */
async function attempt(name: string, work: () => Promise<unknown>): Promise<void> {
  const started = performance.now()
  try {
    if (endsAt <= started) throw new Error('no time is left')
    await work()
    console.log(`${name}: done in ${((performance.now() - started) / 1000).toFixed(0)} s`)
  } catch (error) {
    fail(name, error)
  }
}

function fail(name: string, error: unknown): void {
  const why = (error instanceof Error ? error.message : String(error)).trim()
  console.log(`${name}: failed: ${why}`)
  results.failures = { ...(results.failures as object), [name]: why }
}

/** The checkpoint to measure with; undefined where none could be written. */
async function checkpoint(): Promise<string | undefined> {
  if (options.model !== undefined) return options.model
  const folder = join(options.folder, 'random')
  // Written last.
  const isThere = () => existsSync(join(folder, 'model_index.json'))
  if (!isThere() && wanted.size > 0)
    await attempt('random checkpoint', () =>
      child('write', { folder, ...(options.layers && { layers: Number(options.layers) }) }),
    )
  return isThere() ? folder : undefined
}

/** Times a model's parts, and keeps them as a row of the table. */
async function measure(name: string, on: Device, folder: string): Promise<void> {
  await attempt(`${name} (${on})`, async () => {
    const work: Work = { device: on, model: folder, sizePx, steps, runs: on === device ? runs : 1 }
    const { hostPeakMb, ...row } = await watched(() => child<Row & { hostPeakMb: number }>('stages', work))
    rows[name] = { ...row, ...(device === 'cpu' && { memoryMb: hostPeakMb }) }
  })
}

/** Prepares the model, and takes it away again: the disk has not room for all. */
async function prepared(source: string, precision: Precision, use: (folder: string) => Promise<void>): Promise<void> {
  const target = join(options.folder, precision)
  await rm(target, { recursive: true, force: true })
  try {
    await attempt(`prepare ${precision}`, () => child('prepare', { source, target, precision }))
    if (existsSync(target)) await use(target)
  } finally {
    await rm(target, { recursive: true, force: true })
    await rm(`${target}.partial`, { recursive: true, force: true })
  }
}

async function watched<T extends object>(work: () => Promise<T>): Promise<T & { memoryMb?: number }> {
  const stop = await watchMemory()
  const result = await work().finally(stop)
  const memoryMb = await stop()
  return { ...result, ...(memoryMb !== undefined && { memoryMb }) }
}

/** Runs a part of bench/gpu-part.ts until it is done or the time is over. */
function child<T>(name: PartName, work: object): Promise<T> {
  return runJson(process.execPath, [join(import.meta.dirname, 'gpu-part.ts'), name, JSON.stringify(work)])
}

function diffusers<T>(work: object): Promise<T> {
  const file = join(import.meta.dirname, 'diffusers_gpu.py')
  return runJson(python as string, [file, JSON.stringify({ device: device === 'cpu' ? 'cpu' : 'cuda', ...work })])
}

async function runJson<T>(command: string, args: readonly string[]): Promise<T> {
  const timeout = Math.max(1, Math.round(endsAt - performance.now()))
  const { stdout } = await promisify(execFile)(command, args, { env: childEnv, timeout, maxBuffer: 2 ** 26 }).catch(
    (error) => {
      if (error.killed) throw new Error('it was stopped: the time was over')
      throw new Error(reasonIn(String(error.stderr || error.message)))
    },
  )
  return JSON.parse(stdout.trim().split('\n').at(-1) as string)
}

/** Node says its error before the stack, Python behind it. */
function reasonIn(output: string): string {
  const lines = output.trim().split('\n')
  return lines.find((line) => /^\s*\[?\w*Error\b/.test(line))?.trim() ?? lines.slice(-3).join('\n')
}

/** A Python that has what the comparison needs; a sentence where there is none. */
async function findPython(): Promise<string | undefined> {
  if (!wanted.has('diffusers') && !wanted.has('peak')) return undefined
  const candidates = options.python ? [options.python] : ['.venv/bin/python', 'python3', '/opt/conda/bin/python']
  for (const candidate of candidates) {
    const report = await machine.run(candidate, [
      '-c',
      'import torch; print(torch.__version__, torch.cuda.is_available())',
    ])
    if (report === undefined) continue
    console.log(
      `PyTorch ${report.trim().replace(' True', ' with CUDA').replace(' False', ' without CUDA')}: ${candidate}`,
    )
    return candidate
  }
  console.log(`nothing to compare with: no PyTorch in ${candidates.join(', ')}`)
  return undefined
}

function rounded(row: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, typeof value === 'number' ? value.toPrecision(2) : value]),
  )
}
