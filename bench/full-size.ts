/**
 * Proves that a model of the released size fits and runs on this machine: writes a random bfloat16 checkpoint from the
 * released tensor lists, prepares it, and draws one 256×256 picture on the CPU in a process of its own. Prints, and writes to
 * bench/results/full-size.json: the peak memory of preparing and of drawing, the time of loading beside that of just reading
 * the same files (both with nothing of them in the operating system's cache, where root can see to that) and that of just
 * getting so much fresh memory from the operating system, and of each evaluation. Needs 30 GB of disk in `--folder`; what is there already is used again.
 */
import { execFile } from 'node:child_process'
import { createReadStream, existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import type { MemoryNote } from '../engine/engine.ts'
import { runFile } from './json-process.ts'
import { writeRandomCheckpoint } from './random-checkpoint.ts'
import { writeResults } from './results.ts'

const { values: options } = parseArgs({
  options: {
    folder: { type: 'string', default: 'data/full-size' },
    precision: { type: 'string', default: 'int4' },
    size: { type: 'string', default: '256' },
    steps: { type: 'string', default: '8' },
  },
})
// An evaluation is what lies between two steps.
if (!(Number(options.steps) >= 2)) throw new RangeError(`--steps: expected 2 or more, got ${options.steps}`)
const source = join(options.folder, 'random')
const target = join(options.folder, `random-${options.precision}`)
const CHUNK_BYTES = 2 ** 22

if (!existsSync(join(source, 'model_index.json'))) {
  console.log(`writing a random checkpoint of the released size to ${source}`)
  await writeRandomCheckpoint(source)
}
const preparing = existsSync(target) ? undefined : await child('prepare', source, target, options.precision)
if (preparing) console.log(`prepared in ${seconds(preparing.seconds)}, at most ${gigabytes(preparing.peakBytes)}`)

const cold = await dropCaches()
const started = performance.now()
const bytes = await readAll(target)
const readSeconds = (performance.now() - started) / 1000
await dropCaches()
const drawing = await child('draw', target, options.size, options.steps)
const { loadSeconds = Number.NaN, stepSeconds = Number.NaN, peakBytes, loadedBytes = 0, memory } = drawing
const filling = await child('fill', String(loadedBytes))
const result = {
  at: new Date().toISOString(),
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  ...options,
  preparing,
  bytes,
  cold,
  readSeconds,
  fillSeconds: filling.seconds,
  ...drawing,
}
console.log(`${gigabytes(bytes)} read in ${seconds(readSeconds)}${cold ? '' : ' (perhaps from the cache)'}`)
console.log(`loaded in ${seconds(loadSeconds)}, ${(loadSeconds / readSeconds).toFixed(2)} times as long`)
console.log(`${gigabytes(loadedBytes)} of fresh memory takes ${seconds(filling.seconds)} by itself`)
console.log(
  `the engine's plan: ${memory && `${gigabytes(memory.deviceBytes)} at up to ${memory.edgePx}×${memory.edgePx}`}`,
)
console.log(
  `${options.size}×${options.size}: ${seconds(stepSeconds)} an evaluation, ${seconds(drawing.seconds)} in all`,
)
console.log(`peak memory of the process: ${gigabytes(peakBytes)}`)
await writeResults('full-size', result)

interface ChildResult {
  readonly seconds: number
  readonly peakBytes: number
  readonly loadSeconds?: number
  /** Resident once the model is loaded. */
  readonly loadedBytes?: number
  readonly stepSeconds?: number
  readonly memory?: MemoryNote
}

function child(...args: readonly string[]): Promise<ChildResult> {
  return runFile('full-size-once.ts', ...args)
}

/** Empties the operating system's cache of files. Only root may, on Linux. */
async function dropCaches(): Promise<boolean> {
  await promisify(execFile)('sync')
  return writeFile('/proc/sys/vm/drop_caches', '3').then(
    () => true,
    () => false,
  )
}

async function readAll(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && entry.name.endsWith('.safetensors'))
      for await (const chunk of createReadStream(join(entry.parentPath, entry.name), { highWaterMark: CHUNK_BYTES }))
        bytes += chunk.length
  return bytes
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`
}
