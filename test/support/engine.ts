import {
  type Engine,
  EngineError,
  type EngineInfo,
  type GenerateOptions,
  type ImageRequest,
  type Picture,
} from '../../engine/engine.ts'
import type { Clock } from '../../src/clock.ts'

export interface StandInOptions {
  readonly clock: Clock
  /** Its speed. */
  readonly msPerMegapixelEvaluation: number
  /** Called before each picture; what it throws is how the engine fails. */
  readonly before?: (request: ImageRequest) => void
}

/** An engine of known speed that draws one flat colour, chosen by prompt and seed. Everything else is the contract's. */
export class StandInEngine implements Engine {
  readonly info: EngineInfo = STAND_IN
  readonly ready = Promise.resolve(STAND_IN)
  /** Every request in the order it came. */
  readonly requests: ImageRequest[] = []
  readonly #options: StandInOptions
  #busy = false
  #closed = false

  constructor(options: StandInOptions) {
    this.#options = options
  }

  async generate(request: ImageRequest, { signal, onStep }: GenerateOptions = {}): Promise<readonly Picture[]> {
    if (this.#closed) throw new EngineError('closed', 'the engine is closed')
    if (this.#busy) throw new EngineError('busy', 'expected one request at a time, got a second one')
    this.#busy = true
    this.requests.push(request)
    try {
      const { steps, count = 1 } = request
      const pictures: Picture[] = []
      for (let picture = 0; picture < count; picture++) {
        this.#options.before?.(request)
        for (let step = 1; step <= steps; step++) {
          await this.#pause(stepMs(request, this.#options.msPerMegapixelEvaluation), signal)
          onStep?.({ step, steps, picture, count })
        }
        pictures.push(flat(request, request.seed + picture, this.#options.msPerMegapixelEvaluation))
      }
      return pictures
    } finally {
      this.#busy = false
    }
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const cancelled = () => new EngineError('cancelled', 'the request was cancelled')
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled())
      const stop = this.#options.clock.after(ms, () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      })
      const abort = () => {
        stop()
        reject(cancelled())
      }
      signal?.addEventListener('abort', abort, { once: true })
    })
  }
}

export const STAND_IN: EngineInfo = {
  model: 'stand-in',
  profile: {
    name: 'Stand-in',
    widthPx: 64,
    heightPx: 64,
    minEdgePx: 16,
    maxEdgePx: 2048,
    steps: 4,
    maxSteps: 50,
    guidance: 0,
    maxTokens: 512,
    negativePrompt: false,
  },
  device: 'cpu',
  deviceReason: 'it computes nothing',
  engineVersion: 'stand-in 1',
  loadMs: 0,
}

function stepMs({ widthPx, heightPx, guidance }: ImageRequest, msPerMegapixelEvaluation: number): number {
  return ((widthPx * heightPx) / 1_048_576) * (guidance > 0 ? 2 : 1) * msPerMegapixelEvaluation
}

function flat(request: ImageRequest, seed: number, msPerMegapixelEvaluation: number): Picture {
  const { widthPx, heightPx, prompt, steps } = request
  const colour = [prompt.length % 256, seed % 256, Math.floor(seed / 256) % 256]
  const pixels = new Uint8Array(widthPx * heightPx * 3).map((_, index) => colour[index % 3]!)
  return { widthPx, heightPx, pixels, seed, computeMs: stepMs(request, msPerMegapixelEvaluation) * steps }
}
