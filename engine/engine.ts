import type { CudaFact } from './cuda-fact.ts'

export type { CudaFact } from './cuda-fact.ts'

/**
 * The face of the engine: prompt in, picture out. Only plain data crosses it, so that an engine may as well live in a
 * worker thread (as ours does) or one day on another machine.
 */
export interface Engine {
  /** The device it was asked for, as in the configuration: `cuda:1`. */
  readonly name: string
  /** Settles when the model is loaded for the first time. Rejects with an `EngineError` when it cannot be. */
  readonly ready: Promise<EngineInfo>
  readonly state: EngineState
  /**
   * Computes `request.count` pictures, one after another. One request at a time: a second one while the first runs is
   * an `EngineError` `busy`. An aborted signal takes effect before the next step and rejects with `cancelled`; while the
   * model is being loaded, at once. Where the model is not loaded, it is loaded first; if that fails, rejects with why.
   */
  generate(request: ImageRequest, options?: GenerateOptions): Promise<readonly Picture[]>
  /** What was loaded last, where; undefined until `ready`. */
  readonly info: EngineInfo | undefined
  /** Cancels what runs, waits until the engine is idle, and frees it. The worker is never terminated mid-run. */
  close(): Promise<void>
}

/**
 * loading → idle ⇄ computing; idle → unloading → unloaded → loading when it had no work for long and then gets some;
 * loading → unloading → unloaded when the model could not be loaded: the next request tries again. When its thread dies,
 * computing → loading, idle or loading → unloaded. Any → closed.
 */
export type EngineState = 'loading' | 'idle' | 'computing' | 'unloading' | 'unloaded' | 'closed'

export interface GenerateOptions {
  readonly signal?: AbortSignal
  /** Called once, when the model is loaded and takes up the request. */
  readonly onBegin?: () => void
  /** Called after every step. */
  readonly onStep?: (progress: StepProgress) => void
}

export interface StepProgress {
  /** 1 … steps */
  readonly step: number
  readonly steps: number
  /** Which of the pictures, 0 … count − 1. */
  readonly picture: number
  readonly count: number
}

/** Everything that determines the pixels, together with the model and the engine version. */
export interface ImageRequest {
  readonly prompt: string
  /** Acts only where guidance is above 0. */
  readonly negativePrompt?: string
  /** Multiples of 16. */
  readonly widthPx: number
  readonly heightPx: number
  /** Transformer evaluations a picture (with guidance each counts twice). */
  readonly steps: number
  /** 0 means none: one evaluation a step instead of two. */
  readonly guidance: number
  /** Cap the norm of the guided prediction at that of the positive one times this factor. 0 or absent: no cap. */
  readonly guidanceRenormalisation?: number
  /** No guidance once t is past this, in [0, 1]. */
  readonly guidanceTruncation?: number
  /** 0 … 2^53 − 1. Picture i has the seed `seed + i`, so that each can be drawn again alone. */
  readonly seed: number
  readonly count?: number
  /** 0 … 100: how much the prompt embedding is stirred (by the seed) in the first steps; widens the variety between seeds. */
  readonly vary?: number
}

export interface Picture {
  readonly widthPx: number
  readonly heightPx: number
  /** RGB, 8 bit, rows from the top: [heightPx, widthPx, 3] */
  readonly pixels: Uint8Array
  readonly seed: number
  /** Time the engine worked on this picture, without waiting or encoding. */
  readonly computeMs: number
}

export interface EngineInfo {
  readonly model: string
  /** Tells it from others of the same name. */
  readonly modelHash: string
  readonly profile: ModelProfile
  readonly device: Device
  /** Which of several such devices; absent: the first. */
  readonly deviceId?: number
  /** Why this device, and what trials found there: for the log and for `/about`. */
  readonly deviceNotes: readonly DeviceNote[]
  /** Changes when the same request may give other pixels. */
  readonly engineVersion: string
  /** Of the last time. */
  readonly loadMs: number
  /** Most pixels of a picture, width times height, that the device has memory for; absent: not known. */
  readonly largestPixels?: number
  /** What the model takes of the memory: for the log and for `/about`. */
  readonly memory?: MemoryNote
}

export type Device = 'cpu' | 'webgpu' | 'cuda'

/** What was found out about devices. `why` is an error's own message, `lacks` what it says of CUDA. */
export type DeviceNote =
  | { readonly kind: 'configured' | 'no-gpu' }
  /** In a trial `times` as fast as the CPU. Of several `cards` the named one has the most free memory. */
  | { readonly kind: 'faster'; readonly times: number; readonly card?: string; readonly cards?: number }
  | { readonly kind: 'slower'; readonly device: Device }
  | {
      readonly kind: 'broken'
      readonly device: Device
      readonly why: string
      readonly lacks?: readonly CudaFact[]
    }
  /** A half type does not run: float32 takes its place. */
  | { readonly kind: 'no-half'; readonly type: string; readonly why: string }
  /** The fused attention is used, or is too wrong and spelled out: its relative error in a trial; NaN: it gives no numbers. */
  | { readonly kind: 'fused' | 'fused-wrong'; readonly error: number }
  /** It does not run, and is spelled out. */
  | { readonly kind: 'fused-broken'; readonly why: string }

/** At pictures of `edgePx`×`edgePx`, weights and all. */
export interface MemoryNote {
  readonly edgePx: number
  readonly deviceBytes: number
  /** Absent where nobody tells. */
  readonly freeBytes?: number
  /** Of the device, whoever has it; absent likewise. */
  readonly totalBytes?: number
  /** Beside a GPU's. */
  readonly hostBytes?: number
  readonly textEncoder: TextEncoderPlace
  /** Whether pictures are decoded in strips, or those above `wholePx`×`wholePx`. */
  readonly inStrips: boolean
  readonly wholePx?: number
}

/** Where the text encoder is between prompts: `released` is loaded for each new prompt and unloaded behind it. */
export type TextEncoderPlace = 'resident' | 'released' | 'cpu'

/** What a model wants by default and what it can do: `profile.json` in its folder, or built in for known releases. */
export interface ModelProfile {
  readonly name: string
  readonly widthPx: number
  readonly heightPx: number
  /** Sizes it takes, smallest and largest edge: any multiple of 16 between. */
  readonly minEdgePx: number
  readonly maxEdgePx: number
  /** The squares it learnt, where it draws nothing else well. */
  readonly learntEdgesPx?: readonly number[]
  /** What a picture of another shape has as the usual one has it: as many pixels (unless said otherwise), or the shorter edge. */
  readonly shapesKeep?: 'area' | 'shorter-edge'
  readonly steps: number
  readonly maxSteps: number
  readonly guidance: number
  /** Longest prompt in tokens, template included, that the memory is planned for. */
  readonly maxTokens: number
  /** Whether a negative prompt acts at the default guidance. */
  readonly negativePrompt: boolean
}

export type EngineErrorCode =
  | 'bad-request'
  | 'busy'
  | 'cancelled'
  | 'closed'
  | 'crashed'
  | 'checkpoint-missing'
  | 'checkpoint-corrupt'
  | 'unknown-architecture'
  | 'no-device'
  | 'not-a-number'
  | 'out-of-memory'
  | 'failed'

/**
 * What an owner can mend, as plain data: for whoever tells it in another language than the message's. `path` is the file or
 * folder that is meant.
 */
export type Situation =
  | { readonly kind: 'no-such-path' | 'hub-cache' | 'one-shard' | 'lfs-pointer' | 'cut-off'; readonly path: string }
  /** Weights of a kind that is not read. */
  | { readonly kind: 'gguf' | 'quantised' | 'lora' | 'reads-pictures'; readonly path: string }
  | { readonly kind: 'no-model'; readonly path: string; readonly passed: readonly PassedFile[] }
  | { readonly kind: 'several'; readonly part: ModelPart; readonly path: string; readonly found: readonly string[] }
  /** Neither with the transformer in `path` nor below `root`. */
  | {
      readonly kind: 'no-part'
      readonly part: ModelPart
      readonly path: string
      readonly root: string
      readonly passed: readonly PassedFile[]
    }
  | { readonly kind: 'no-cuda'; readonly lacks: readonly CudaFact[] }
  /** A prepared model, and one that did not stay as it was. */
  | { readonly kind: 'prepared-already'; readonly path: string; readonly precision: string }
  | { readonly kind: 'changed'; readonly path: string }
  | { readonly kind: 'no-webgpu' }
  /** Windows' library that onnxruntime needs. */
  | { readonly kind: 'no-visual-c' }
  /** Not even for its smallest picture. Beside a GPU's memory there is the host's. */
  | {
      readonly kind: 'no-memory'
      readonly model: string
      readonly device: Device
      readonly edgePx: number
      readonly needBytes: number
      readonly freeBytes: number | undefined
      readonly host?: { readonly needBytes: number; readonly freeBytes: number }
    }
  /** Of several, each for its own reason. */
  | { readonly kind: 'no-engine'; readonly engines: readonly { readonly name: string; readonly fault: EngineFault }[] }

type ModelPart = 'transformer' | 'textEncoder' | 'vae'

/** A file that was passed over. */
export interface PassedFile {
  readonly reason: string
  readonly situation?: Situation | undefined
}

/** An `EngineError` as plain data: a class does not cross threads. */
export interface EngineFault {
  readonly code: EngineErrorCode
  readonly message: string
  readonly situation?: Situation | undefined
}

/** Every way the engine can fail. The message says what was expected and what was got. */
export class EngineError extends Error {
  override readonly name = 'EngineError'
  readonly code: EngineErrorCode
  readonly situation: Situation | undefined

  constructor(
    code: EngineErrorCode,
    message: string,
    options?: ErrorOptions & { readonly situation?: Situation | undefined },
  ) {
    super(message, options)
    this.code = code
    this.situation = options?.situation
  }

  static of({ code, message, situation }: EngineFault): EngineError {
    return new EngineError(code, message, { situation })
  }

  get fault(): EngineFault {
    const { code, message, situation } = this
    return { code, message, situation }
  }
}
