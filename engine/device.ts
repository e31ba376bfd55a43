import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import type { Device } from './engine.ts'
import { GraphBuilder } from './graph/builder.ts'
import { createSession, floats } from './session.ts'

export interface DeviceChoice {
  readonly device: Device
  /** A sentence for the log and for `/about`. */
  readonly reason: string
}

// Best first.
const GPU_DEVICES = ['cuda', 'webgpu'] as const
// Large enough that a GPU shows, small enough that a software renderer is found out in a moment.
const TRIAL_SIZE = 512
const TRIAL_RUNS = 3

/**
 * Picks the device: the one asked for, or with `auto` the fastest that works, by a trial multiplication. A software
 * renderer that calls itself a GPU loses the trial.
 */
export async function pickDevice(asked: Device | 'auto'): Promise<DeviceChoice> {
  if (asked !== 'auto') return { device: asked, reason: 'as configured' }
  if (!(await mayHaveGpu())) return { device: 'cpu', reason: 'no GPU was found' }
  const cpuMs = await trial('cpu')
  const failures: string[] = []
  for (const device of GPU_DEVICES) {
    try {
      const ratio = cpuMs / (await trial(device))
      if (ratio > 1) return { device, reason: `${ratio.toFixed(1)} times as fast as the CPU in a trial` }
      failures.push(`${device} is slower in a trial`)
    } catch (error) {
      failures.push(`${device} does not work here: ${firstLine(error)}`)
    }
  }
  return { device: 'cpu', reason: failures.join('; ') }
}

/** On Linux a GPU shows as a device file; asking a driver that has none prints warnings over the terminal. */
async function mayHaveGpu(): Promise<boolean> {
  if (process.platform !== 'linux') return true
  const nodes = await readdir('/dev/dri').catch(() => [])
  return nodes.some((name) => name.startsWith('renderD')) || existsSync('/dev/nvidia0') || existsSync('/dev/dxg')
}

/** Milliseconds of one warm matrix multiplication. */
async function trial(device: Device): Promise<number> {
  const g = new GraphBuilder('trial', new Map())
  const x = g.input('x', 'float32', [TRIAL_SIZE, TRIAL_SIZE])
  g.output('y', g.op('MatMul', [x, g.op('MatMul', [x, x])]), [TRIAL_SIZE, TRIAL_SIZE])
  const session = await createSession(g.finish(), { device })
  try {
    const input = floats(new Float32Array(TRIAL_SIZE * TRIAL_SIZE).fill(1 / TRIAL_SIZE), TRIAL_SIZE, TRIAL_SIZE)
    await session.run({ x: input })
    const started = performance.now()
    for (let i = 0; i < TRIAL_RUNS; i++) await session.run({ x: input })
    return (performance.now() - started) / TRIAL_RUNS
  } finally {
    await session.release()
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] as string
}
