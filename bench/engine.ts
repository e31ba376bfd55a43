/**
 * Measures the engine on the default model: cold start, time a step and a picture at three sizes, memory, and how late the
 * main thread's event loop runs meanwhile. With `--against diffusers` the same pictures are drawn by diffusers, turn by
 * turn in the same run, and compared as ratios. Prints tables, writes bench/results/engine.json.
 */
import { cpus } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { createEngine } from '../engine/client.ts'
import type { Engine } from '../engine/engine.ts'
import { runFile } from './json-process.ts'
import { writeResults } from './results.ts'
import { type Rival, startDiffusers } from './rival.ts'
import { median, workload } from './workload.ts'

// Times the edge the model draws by default.
const SIZES = [0.5, 1, 2]
const NANOSECONDS_PER_MS = 1e6

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: join(import.meta.dirname, '..', 'models', 'default') },
    device: { type: 'string', default: 'cpu' },
    runs: { type: 'string', default: '9' },
    against: { type: 'string' },
    python: { type: 'string', default: '.venv/bin/python' },
  },
})
if (options.against !== undefined && options.against !== 'diffusers')
  throw new Error(`--against: expected diffusers, got ${options.against}`)
const device = options.device as 'cpu' | 'webgpu' | 'cuda'
const runs = Number(options.runs)

const coldStart = await runFile<{ seconds: number; peakMemoryMb: number }>('first-picture.ts', options.model, device)
console.log(`cold start to the first picture: ${coldStart.seconds.toFixed(2)} s`)

const engine = createEngine({ model: options.model, device })
const { profile } = await engine.ready
const rival = options.against && (await startDiffusers(options.python, options.model))
const sizes = []
for (const size of SIZES) sizes.push(await measure(size * profile.widthPx, engine, rival || undefined))
const rivalMemoryMb = rival && (await rival.close())
await engine.close()

console.table(Object.fromEntries(sizes.map(({ sizePx, ...row }) => [`${sizePx}×${sizePx}`, rounded(row)])))
console.log(`peak memory of a process that drew one picture: ${coldStart.peakMemoryMb.toFixed(0)} MB`)
if (rivalMemoryMb) console.log(`peak memory of diffusers: ${rivalMemoryMb.toFixed(0)} MB`)

const results = {
  at: new Date().toISOString(),
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  device,
  coldStart,
  sizes,
  ...(rivalMemoryMb && { rivalMemoryMb }),
}
await writeResults('engine', results)

/** Ours and the rival's by turns, so that a machine that slows down slows both. Medians, after one warm-up each. */
async function measure(sizePx: number, engine: Engine, rival: Rival | undefined) {
  const ours: number[] = []
  const theirs: number[] = []
  const steps: number[] = []
  let longestDelayMs = 0
  for (let seed = 0; seed <= runs; seed++) {
    const request = workload(profile, seed, sizePx)
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const started = performance.now()
    let lastStep = Number.NaN
    await engine.generate(request, {
      onStep() {
        const now = performance.now()
        if (seed > 0 && !Number.isNaN(lastStep)) steps.push((now - lastStep) / 1000)
        lastStep = now
      },
    })
    const seconds = (performance.now() - started) / 1000
    delay.disable()
    const rivalSeconds = (await rival?.draw(request))?.seconds
    if (seed === 0) continue
    ours.push(seconds)
    longestDelayMs = Math.max(longestDelayMs, delay.max / NANOSECONDS_PER_MS)
    if (rivalSeconds !== undefined) theirs.push(rivalSeconds)
  }
  const secondsPerPicture = median(ours)
  return {
    sizePx,
    secondsPerStep: median(steps),
    secondsPerPicture,
    longestDelayMs,
    ...(rival && { diffusersSeconds: median(theirs), timesAsFast: median(theirs) / secondsPerPicture }),
  }
}

function rounded(row: Readonly<Record<string, number | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value?.toPrecision(3)]))
}
