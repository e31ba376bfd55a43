/**
 * The thread that the model lives in: onnxruntime blocks the thread that calls it, and this one may be blocked.
 *
 * States: loading → idle ⇄ computing → closed. A `generate` while computing is refused, not queued: whose turn it is, is
 * decided elsewhere. A cancel is read between two steps.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { modelHash } from './checkpoint/model-hash.ts'
import { pickDevice } from './device.ts'
import { EngineError, type EngineFault, type EngineInfo, type StepProgress } from './engine.ts'
import { generate } from './pipeline.ts'
import type { FromWorker, LoadOptions, ToWorker } from './protocol.ts'
import { loadStages, type Stages } from './stages.ts'
import { ENGINE_VERSION } from './version.ts'

// What V8 says when the host has no memory for numbers.
const ALLOCATION = /allocation failed/i

const port = parentPort as NonNullable<typeof parentPort>
let computing: { readonly id: number; readonly cancel: AbortController } | undefined

try {
  const { stages, info } = await load(workerData as LoadOptions)
  port.on('message', (message: ToWorker) => receive(stages, message))
  send({ kind: 'loaded', info })
} catch (error) {
  send({ kind: 'failed', error: plain(error) })
}

async function load(options: LoadOptions): Promise<{ stages: Stages; info: EngineInfo }> {
  const { model, device: asked, deviceId, ...others } = options
  const started = performance.now()
  const { notes, ...where } = await pickDevice(asked, deviceId)
  const stages = await loadStages(model, { ...others, ...where })
  const { profile, plan, attention } = stages
  const { edgePx } = plan.note
  const loadMs = performance.now() - started
  return {
    stages,
    info: {
      model: profile.name,
      modelHash: await modelHash(stages.checkpoint),
      profile,
      ...where,
      deviceNotes: [...notes, ...attention.notes],
      largestPixels: edgePx < profile.maxEdgePx ? edgePx ** 2 : undefined,
      memory: plan.note,
      engineVersion: ENGINE_VERSION,
      loadMs,
    },
  }
}

function receive(stages: Stages, message: ToWorker): void {
  switch (message.kind) {
    case 'generate':
      void compute(stages, message)
      return
    case 'cancel':
      if (computing?.id === message.id) computing.cancel.abort()
      return
    case 'close':
      // Sent when idle only. Without its port the thread has nothing to live for and ends by itself.
      void stages.release().finally(() => port.close())
      return
    default:
      message satisfies never
  }
}

async function compute(stages: Stages, { id, request }: Extract<ToWorker, { kind: 'generate' }>): Promise<void> {
  if (computing) {
    send({ kind: 'rejected', id, error: { code: 'busy', message: 'expected one request at a time' } })
    return
  }
  const cancel = new AbortController()
  computing = { id, cancel }
  try {
    const onStep = (progress: StepProgress) => send({ kind: 'step', id, progress })
    const pictures = await generate(stages, request, { signal: cancel.signal, onStep })
    send(
      { kind: 'done', id, pictures },
      pictures.map((picture) => picture.pixels.buffer as ArrayBuffer),
    )
  } catch (error) {
    send({ kind: 'rejected', id, error: plain(error) })
  } finally {
    computing = undefined
  }
}

function send(message: FromWorker, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, [...transfer])
}

function plain(error: unknown): EngineFault {
  if (error instanceof EngineError) return error.fault
  const code = error instanceof RangeError && ALLOCATION.test(error.message) ? 'out-of-memory' : 'failed'
  return { code, message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}
