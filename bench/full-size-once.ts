/** One piece of work of bench/full-size.ts in a process of its own, so that its peak memory is its own. Prints one JSON line. */
import { prepareModel } from '../engine/checkpoint/prepare.ts'
import type { Precision } from '../engine/checkpoint/treatment.ts'
import { createEngine } from '../engine/client.ts'
import { intervals } from './rival.ts'
import { median, workload } from './workload.ts'

const [what, ...args] = process.argv.slice(2) as [string, ...string[]]
const started = performance.now()
const since = (from: number) => (performance.now() - from) / 1000
const measured = await { prepare, draw, fill }[what as 'prepare' | 'draw' | 'fill']()
// Kilobytes on every system where Node runs.
console.log(JSON.stringify({ ...measured, seconds: since(started), peakBytes: process.resourceUsage().maxRSS * 1024 }))

async function prepare() {
  const [source, target, precision] = args as [string, string, Precision]
  await prepareModel({ source, target, precision })
  return {}
}

async function draw() {
  const [model, sizePx, steps] = args as [string, string, string]
  const engine = createEngine({ model, device: 'cpu' })
  const info = await engine.ready
  const loadSeconds = since(started)
  const loadedBytes = process.memoryUsage.rss()
  const at: number[] = []
  const request = { ...workload(info.profile, 1, Number(sizePx)), prompt: 'a red fox in the snow', guidance: 0 }
  await engine.generate({ ...request, steps: Number(steps) }, { onStep: () => at.push(performance.now()) })
  await engine.close()
  return { loadSeconds, loadedBytes, stepSeconds: median(intervals(at)), memory: info.memory }
}

/** What it takes to get so much memory for the first time, and nothing else. */
async function fill() {
  const bytes = Number(args[0])
  const kept = Array.from({ length: Math.ceil(bytes / 2 ** 28) }, () => Buffer.alloc(2 ** 28, 1))
  return { kept: kept.length }
}
