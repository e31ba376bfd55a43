/** A fresh process up to its first picture: what a person waits for. Prints one JSON line. */
import { createEngine } from '../engine/client.ts'
import { workload } from './workload.ts'

const [model, device] = process.argv.slice(2) as [string, 'cpu' | 'webgpu' | 'cuda']
const engine = createEngine({ model, device })
await engine.generate(workload((await engine.ready).profile, 0))
// performance.now() counts from the start of the process.
console.log(JSON.stringify({ seconds: performance.now() / 1000, peakMemoryMb: process.resourceUsage().maxRSS / 1024 }))
await engine.close()
