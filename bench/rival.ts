import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ImageRequest } from '../engine/engine.ts'

/** Another program that draws the same pictures from the same checkpoint. */
export interface Rival {
  readonly loadSeconds: number
  /** Seconds that it took to draw, by its own clock. */
  draw(request: ImageRequest): Promise<number>
  /** Its peak memory in megabytes. */
  close(): Promise<number>
}

/** diffusers on PyTorch, on the CPU in float32. `python` has bench/requirements.txt installed. */
export async function startDiffusers(python: string, model: string): Promise<Rival> {
  const child = spawn(python, [join(import.meta.dirname, 'diffusers_server.py'), model], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (chunk) => {
    complaint = (complaint + chunk).slice(-2000)
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`diffusers stopped: ${complaint}`)
    return JSON.parse(value) as { seconds: number; peakMemoryMb: number }
  }
  const { seconds: loadSeconds } = await answer()
  let peakMemoryMb = 0
  return {
    loadSeconds,
    async draw(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      const { seconds, ...rest } = await answer()
      peakMemoryMb = rest.peakMemoryMb
      return seconds
    },
    async close() {
      child.stdin.end()
      await once(child, 'exit')
      return peakMemoryMb
    },
  }
}
