import type { MemoryOptions } from './device-memory.ts'
import type { Device, EngineFault, EngineInfo, ImageRequest, Picture, StepProgress } from './engine.ts'

/** What the worker is started with. */
export interface LoadOptions extends MemoryOptions {
  /** A model: a folder or a single file. */
  readonly model: string
  readonly device: Device | 'auto'
  /** Which of several such devices, as CUDA counts them; absent: the first. */
  readonly deviceId?: number
  /** Threads inside one operator, on the CPU; absent: one for each physical core. */
  readonly threads?: number
}

/** Main thread → worker. */
export type ToWorker =
  | { readonly kind: 'generate'; readonly id: number; readonly request: ImageRequest }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'close' }

/** Worker → main thread. `loaded` or `failed` first; for each `generate` any number of `step`, then `done` or `rejected`. */
export type FromWorker =
  | { readonly kind: 'loaded'; readonly info: EngineInfo }
  | { readonly kind: 'failed'; readonly error: EngineFault }
  | { readonly kind: 'step'; readonly id: number; readonly progress: StepProgress }
  | { readonly kind: 'done'; readonly id: number; readonly pictures: readonly Picture[] }
  | { readonly kind: 'rejected'; readonly id: number; readonly error: EngineFault }
