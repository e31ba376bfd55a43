import {
  type Engine,
  EngineError,
  type EngineInfo,
  type EngineState,
  type GenerateOptions,
  type ImageRequest,
  type Picture,
} from '../../engine/engine.ts'
import type { Clock } from '../../src/clock.ts'

export interface StandInOptions {
  readonly clock: Clock
  /** Its speed. */
  readonly msPerMegapixelEvaluation: number
  /** What each picture takes besides. */
  readonly fixedMs?: number
  /** Called before each picture; what it throws is how the engine fails. */
  readonly before?: (request: ImageRequest) => void
  readonly name?: string
  /** What it says of itself where it is not `STAND_IN`. */
  readonly info?: Partial<EngineInfo>
  /** It cannot be loaded at the start, for this reason. */
  readonly missing?: EngineError
}

/** An engine of known speed that draws one flat colour, chosen by prompt and seed. Everything else is the contract's. */
export class StandInEngine implements Engine {
  readonly name: string
  readonly info: EngineInfo
  readonly ready: Promise<EngineInfo>
  state: EngineState = 'idle'
  /** What the next load fails with. */
  broken: EngineError | undefined
  /** Every request in the order it came. */
  readonly requests: ImageRequest[] = []
  readonly #options: StandInOptions
  #busy = false
  #until: Promise<void> | undefined
  #loading: Promise<void> | undefined

  constructor(options: StandInOptions) {
    this.#options = options
    this.name = options.name ?? 'cpu'
    this.info = { ...STAND_IN, ...options.info }
    this.ready = options.missing ? Promise.reject(options.missing) : Promise.resolve(this.info)
    this.ready.catch(() => {})
  }

  /** Its model is unloaded. It loads for its `loadMs`, or where `until` is given until that is settled. */
  sleep(until?: Promise<void>): void {
    this.state = 'unloaded'
    this.#until = until
  }

  async generate(
    request: ImageRequest,
    { signal, onBegin, onStep }: GenerateOptions = {},
  ): Promise<readonly Picture[]> {
    if (this.state === 'closed') throw new EngineError('closed', 'the engine is closed')
    if (this.#busy) throw new EngineError('busy', 'expected one request at a time, got a second one')
    this.#busy = true
    try {
      if (this.state !== 'idle') await this.#wake(signal)
      this.state = 'computing'
      this.requests.push(request)
      onBegin?.()
      const { steps, count = 1 } = request
      const pictures: Picture[] = []
      for (let picture = 0; picture < count; picture++) {
        this.#options.before?.(request)
        if (this.#options.fixedMs) await this.#pause(this.#options.fixedMs, signal)
        for (let step = 1; step <= steps; step++) {
          await this.#pause(stepMs(request, this.#options.msPerMegapixelEvaluation), signal)
          onStep?.({ step, steps, picture, count })
        }
        pictures.push(flat(request, request.seed + picture, this.#options.msPerMegapixelEvaluation))
      }
      return pictures
    } finally {
      this.#busy = false
      if (this.state === 'computing') this.state = 'idle'
    }
  }

  async close(): Promise<void> {
    this.state = 'closed'
  }

  /** A load goes on when whoever asked for it is gone. */
  async #wake(signal: AbortSignal | undefined): Promise<void> {
    const { promise, reject } = Promise.withResolvers<void>()
    signal?.addEventListener('abort', () => reject(cancelled()), { once: true })
    this.#loading ??= this.#load()
    await Promise.race([this.#loading, promise])
  }

  async #load(): Promise<void> {
    this.state = 'loading'
    try {
      await (this.#until ?? this.#pause(this.info.loadMs, undefined))
      if (this.broken) throw this.broken
      this.state = 'idle'
    } catch (error) {
      this.state = 'unloaded'
      throw error
    } finally {
      this.#loading = undefined
    }
  }

  #pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
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
  modelHash: '0000000000',
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
  deviceNotes: [],
  engineVersion: 'stand-in 1',
  loadMs: 0,
}

function cancelled(): EngineError {
  return new EngineError('cancelled', 'the request was cancelled')
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
