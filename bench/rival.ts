import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ImageRequest } from '../engine/engine.ts'

export interface DrawOptions {
  /** Where to put the picture, a PNG. */
  readonly picture?: string
  /** Stop before the picture is decoded. */
  readonly stepsOnly?: boolean
}

/** By the program's own clock, without loading. */
interface Drawing {
  readonly seconds: number
  /** From one step to the next: the first step, which pays for much else, is not among them. */
  readonly stepSeconds: readonly number[]
}

/** A program that draws a picture from a checkpoint. */
export interface Rival {
  draw(request: ImageRequest, options?: DrawOptions): Promise<Drawing>
  /** Its peak memory in megabytes. */
  close(): Promise<number>
}

/** This engine, in a process of its own. */
export function startZimagine(model: string): Promise<Rival> {
  return startServer(process.execPath, [join(import.meta.dirname, 'zimagine-server.ts'), model])
}

/** diffusers on PyTorch, on the CPU. `python` has training/requirements.txt installed. */
export function startDiffusers(
  python: string,
  model: string,
  dtype: 'float32' | 'bfloat16' = 'float32',
): Promise<Rival> {
  return startServer(python, [join(import.meta.dirname, 'diffusers_server.py'), model, dtype])
}

/** A program that says when it is loaded and then answers each line that asks for a picture with a line. */
async function startServer(command: string, args: readonly string[]): Promise<Rival> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const complaint = lastWords(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${command} stopped: ${complaint()}`)
    return JSON.parse(value) as Drawing & { readonly peakMemoryMb: number }
  }
  let { peakMemoryMb } = await answer()
  return {
    async draw(request, options = {}) {
      child.stdin.write(`${JSON.stringify({ ...request, ...options })}\n`)
      const drawing = await answer()
      peakMemoryMb = drawing.peakMemoryMb
      return drawing
    },
    async close() {
      child.stdin.end()
      await once(child, 'exit')
      return peakMemoryMb
    },
  }
}

/** Collects what a program writes to standard error, for the case that it stops. */
export function lastWords({ stderr }: ChildProcess): () => string {
  let complaint = ''
  stderr?.on('data', (chunk) => {
    complaint = (complaint + chunk).slice(-2000)
  })
  return () => complaint
}

/** From one moment to the next, in seconds. */
export function intervals(momentsMs: readonly number[]): number[] {
  return momentsMs.slice(1).map((moment, i) => (moment - (momentsMs[i] as number)) / 1000)
}
