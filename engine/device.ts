import { type CudaFinding, checkCuda, whatIsWrong } from './cuda-check.ts'
import type { CudaFact } from './cuda-fact.ts'
import { type Device, type DeviceNote, EngineError } from './engine.ts'
import { GraphBuilder } from './graph/builder.ts'
import { type Card, readCards } from './nvidia.ts'
import { machine, type Probes } from './probes.ts'
import { createSession, floats, type SessionOptions } from './session.ts'

interface DeviceChoice {
  readonly device: Device
  /** Which of several such devices; absent: the first. */
  readonly deviceId?: number
  readonly notes: readonly DeviceNote[]
}

// Large enough that a GPU shows, small enough that a software renderer is found out in a moment.
const TRIAL_SIZE = 512
const TRIAL_RUNS = 3

/**
 * Picks the device: the one asked for, or with `auto` the fastest that works, by a trial multiplication. A software
 * renderer that calls itself a GPU loses the trial. Throws an `EngineError` `no-device` where CUDA was asked for and does not
 * work, with what it lacks and what to do about it.
 */
export async function pickDevice(
  asked: Device | 'auto',
  deviceId?: number,
  probes: Probes = machine,
): Promise<DeviceChoice> {
  switch (asked) {
    case 'auto':
      return pickFastest(probes)
    case 'cuda':
      return expectCuda(deviceId, probes)
    case 'webgpu':
    case 'cpu':
      return { device: asked, notes: [{ kind: 'configured' }] }
    default:
      return asked satisfies never
  }
}

async function pickFastest(probes: Probes): Promise<DeviceChoice> {
  if (!(await mayHaveGpu(probes))) return { device: 'cpu', notes: [{ kind: 'no-gpu' }] }
  const cards = (await readCards(probes)) ?? []
  const roomiest = indexOfRoomiest(cards)
  const cuda: SessionOptions = { device: 'cuda', deviceId: cards.length > 1 ? roomiest : undefined }
  const bestFirst: readonly SessionOptions[] = [...(cards.length > 0 ? [cuda] : []), { device: 'webgpu' }]

  const cpuMs = await trial({ device: 'cpu' })
  const failures: DeviceNote[] = []
  for (const options of bestFirst) {
    const { device } = options
    try {
      const times = cpuMs / (device === 'cuda' ? await tryCuda(options.deviceId, probes) : await trial(options, cpuMs))
      if (times > 1) {
        const card = device === 'cuda' && { card: (cards[roomiest] as Card).name, cards: cards.length }
        return { ...options, notes: [{ kind: 'faster', times, ...card }, ...failures] }
      }
      failures.push({ kind: 'slower', device })
    } catch (error) {
      failures.push({ kind: 'broken', device, why: firstLine(error), lacks: lacking(error) })
    }
  }
  return { device: 'cpu', notes: failures }
}

async function expectCuda(deviceId: number | undefined, probes: Probes): Promise<DeviceChoice> {
  await tryCuda(deviceId, probes).catch((cause) => {
    const lacks = lacking(cause)
    const situation = lacks && ({ kind: 'no-cuda', lacks } as const)
    throw new EngineError('no-device', `expected a working cuda device: ${firstLine(cause)}`, { cause, situation })
  })
  return { device: 'cuda', deviceId, notes: [{ kind: 'configured' }] }
}

/** Milliseconds of the trial. Throws an error that says what CUDA lacks. */
async function tryCuda(deviceId: number | undefined, probes: Probes): Promise<number> {
  const findings = await checkCuda(deviceId, probes)
  const wrong = findings.filter(({ state }) => state !== 'good')
  if (wrong.some(({ state }) => state === 'broken')) throw new CudaLacks(wrong)
  try {
    return await trial({ device: 'cuda', deviceId })
  } catch (cause) {
    throw wrong.length === 0 ? new Error(firstLine(cause), { cause }) : new CudaLacks(wrong, { cause })
  }
}

/** Why CUDA does not work. */
class CudaLacks extends Error {
  readonly facts: readonly CudaFact[]

  constructor(wrong: readonly CudaFinding[], options?: ErrorOptions) {
    super(whatIsWrong(wrong), options)
    this.facts = wrong.map(({ fact }) => fact)
  }
}

function lacking(error: unknown): readonly CudaFact[] | undefined {
  return error instanceof CudaLacks ? error.facts : undefined
}

/** On Linux a GPU shows as a device file; asking a driver that has none prints warnings over the terminal. */
async function mayHaveGpu(probes: Probes): Promise<boolean> {
  if (probes.platform !== 'linux') return true
  const nodes = [...(await probes.list('/dev/dri')), ...(await probes.list('/dev'))]
  return nodes.some((name) => name.startsWith('renderD') || name === 'nvidia0' || name === 'dxg')
}

/** The card with the most free memory; the first of equals. */
function indexOfRoomiest(cards: readonly Card[]): number {
  const free = cards.map(({ memory }) => memory?.freeBytes ?? 0)
  return free.indexOf(Math.max(...free))
}

/**
 * Milliseconds of one warm run of two matrix products and, because CUDA may have all but what that needs, a convolution. Where
 * that is sure to be `enoughMs` or more, it is not waited for: a software renderer takes seconds a run.
 */
async function trial(options: SessionOptions, enoughMs = Number.POSITIVE_INFINITY): Promise<number> {
  const g = new GraphBuilder('trial')
  const x = g.input('x', 'float32', [TRIAL_SIZE, TRIAL_SIZE])
  const product = g.op('MatMul', [x, g.op('MatMul', [x, x])])
  const picture = g.op('Reshape', [product, g.integers(1, 1, TRIAL_SIZE, TRIAL_SIZE)])
  const kernel = g.constant(new Float32Array(9).fill(1 / 9), [1, 1, 3, 3])
  g.output('y', g.op('Conv', [picture, kernel]), [1, 1, TRIAL_SIZE - 2, TRIAL_SIZE - 2])
  await using session = await createSession(g.finish(), options)
  const input = floats(new Float32Array(TRIAL_SIZE * TRIAL_SIZE).fill(1 / TRIAL_SIZE), TRIAL_SIZE, TRIAL_SIZE)
  await session.run({ x: input })
  const started = performance.now()
  const mean = () => (performance.now() - started) / TRIAL_RUNS
  for (let i = 0; i < TRIAL_RUNS && mean() < enoughMs; i++) await session.run({ x: input })
  return mean()
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] as string
}
