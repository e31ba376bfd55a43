import { Worker } from 'node:worker_threads'
import './environment.ts'
import {
  type Engine,
  EngineError,
  type EngineInfo,
  type EngineState,
  type GenerateOptions,
  type ImageRequest,
  type Picture,
} from './engine.ts'
import type { FromWorker, LoadOptions, ToWorker } from './protocol.ts'

export interface EngineOptions extends LoadOptions {
  /** Unloads the model after `ms` without work. `after` calls back once after so long, unless what it returns is called. */
  readonly idle?: { readonly ms: number; readonly after: (ms: number, call: () => void) => () => void }
  /** Told when the worker thread died while the model was loaded. */
  readonly onCrash?: (error: Error) => void
  /** Told each new state. */
  readonly onState?: (state: EngineState) => void
  /** Another worker file, for tests of its faults. */
  readonly workerUrl?: URL
}

interface Pending {
  readonly id: number
  readonly options: GenerateOptions
  readonly result: PromiseWithResolvers<readonly Picture[]>
}

interface Thread {
  readonly worker: Worker
  readonly loaded: Promise<EngineInfo>
  readonly exited: Promise<void>
}

// Windows says in its own language that a module was not found, and not that it is one which the named one needs.
const NOT_LOADED_ON_WINDOWS = /\\win32\\\w+\\onnxruntime_binding\.node$/
const WINDOWS_NEEDS =
  "\nonnxruntime needs Microsoft's Visual C++ runtime, the newest one: `winget install Microsoft.VCRedist.2015+.x64` (on ARM, .arm64)"

/**
 * An engine in a worker thread of its own. Its states are told in engine.ts; to unload the model is to end the thread, in
 * order and while it is idle.
 *
 * When the thread dies of an error, what was pending rejects with `crashed`. Where it was computing, a new thread loads the
 * model at once, and the next `generate` waits for that. Where it was not, the next `generate` tries again: a thread that dies
 * as soon as it is up would otherwise be started for ever. Where the device was lost, the model is unloaded likewise.
 */
export function createEngine(options: EngineOptions): Engine {
  const { idle, onCrash, onState, workerUrl = new URL('./worker.ts', import.meta.url), ...load } = options
  let state: EngineState = 'loading'
  let info: EngineInfo | undefined
  let pending: Pending | undefined
  let closing: Promise<void> | undefined
  let nextId = 1
  let stayAwake = () => {}
  let thread = start()

  function enter(next: EngineState): void {
    if (state === next) return
    state = next
    stayAwake()
    if (next === 'idle' && idle) stayAwake = idle.after(idle.ms, unload)
    onState?.(next)
  }

  function start(): Thread {
    const worker = new Worker(workerUrl, { workerData: placed(load, info) })
    const loaded = Promise.withResolvers<EngineInfo>()
    const exited = Promise.withResolvers<void>()
    let fault: Error | undefined
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'loaded') {
        // The first choice stays: the same request must give the same pixels after a rest.
        info = { ...message.info, deviceNotes: info?.deviceNotes ?? message.info.deviceNotes }
        loaded.resolve(info)
        enter('idle')
      } else if (message.kind === 'failed') {
        loaded.reject(EngineError.of(message.error))
        enter('unloading') // the thread has nothing to live for and ends by itself
      } else answer(message)
    })
    worker.on('error', (error: Error) => {
      fault = error // `exit` follows
    })
    worker.on('exit', (status) => {
      const cause = fault ?? new Error(`it ended with status ${status}`)
      const isNotLoaded = NOT_LOADED_ON_WINDOWS.test(cause.message)
      const crash = new EngineError(
        'crashed',
        `the engine's thread died: ${cause.message}${isNotLoaded ? WINDOWS_NEEDS : ''}`,
        { cause, situation: isNotLoaded ? { kind: 'no-visual-c' } : undefined },
      )
      loaded.reject(crash) // does nothing when it was loaded already, or failed by itself
      const wasUp = state === 'idle' || state === 'computing'
      if (state === 'computing' && !closing) {
        enter('loading')
        thread = start()
      } else enter('unloaded')
      if (wasUp && !closing) onCrash?.(cause)
      if (wasUp) finish()?.result.reject(crash)
      exited.resolve()
    })
    loaded.promise.catch(() => {}) // whoever waits for `ready` or calls `generate` is told
    return { worker, loaded: loaded.promise, exited: exited.promise }
  }

  function answer(message: Exclude<FromWorker, { kind: 'loaded' | 'failed' }>): void {
    if (message.id !== pending?.id) return
    switch (message.kind) {
      case 'step':
        pending.options.onStep?.(message.progress)
        return
      case 'done':
        finish()?.result.resolve(message.pictures)
        return
      case 'rejected':
        finish()?.result.reject(EngineError.of(message.error))
        if (message.error.code === 'no-device') unload() // its sessions died with it
        return
      default:
        message satisfies never
    }
  }

  function finish(): Pending | undefined {
    const finished = pending
    pending = undefined
    if (state === 'computing') enter('idle')
    return finished
  }

  /** Sends the request once the model is loaded, if it is still wanted then. */
  async function submit(current: Pending, request: ImageRequest): Promise<void> {
    try {
      // Two of them would not fit: the old thread must have given back its memory.
      if (state === 'unloading') await thread.exited
      if (pending !== current) return
      if (state === 'unloaded') {
        enter('loading')
        thread = start()
      }
      await thread.loaded
      if (pending !== current) return
      enter('computing')
      current.options.onBegin?.()
      send({ kind: 'generate', id: current.id, request })
    } catch (error) {
      if (pending === current) finish()?.result.reject(error)
    }
  }

  function cancel({ id }: Pending): void {
    if (id !== pending?.id) return
    if (state === 'computing') send({ kind: 'cancel', id })
    else finish()?.result.reject(cancelled())
  }

  function unload(): void {
    if (state !== 'idle' || pending) return
    enter('unloading')
    send({ kind: 'close' })
  }

  const send = (message: ToWorker) => thread.worker.postMessage(message)

  return {
    name: load.deviceId === undefined ? load.device : `${load.device}:${load.deviceId}`,
    ready: thread.loaded,
    get info() {
      return info
    },
    get state() {
      return state
    },

    async generate(request: ImageRequest, options: GenerateOptions = {}) {
      if (closing) throw new EngineError('closed', 'the engine is closed')
      if (pending) throw new EngineError('busy', 'expected one request at a time')
      if (options.signal?.aborted) throw cancelled()
      const current: Pending = { id: nextId++, options, result: Promise.withResolvers() }
      const abort = () => cancel(current)
      pending = current
      options.signal?.addEventListener('abort', abort)
      try {
        void submit(current, request)
        return await current.result.promise
      } finally {
        options.signal?.removeEventListener('abort', abort)
      }
    },

    close() {
      closing ??= (async () => {
        // Ending the thread while the runtime computes would abort the whole process: wait until the step is done.
        const last = pending
        if (last) cancel(last)
        await last?.result.promise.catch(() => {})
        await thread.loaded.catch(() => {})
        unload()
        await thread.exited
        enter('closed')
      })()
      return closing
    },
  }
}

/** Where to load: as asked at first, then where it was before. */
function placed(load: LoadOptions, before: EngineInfo | undefined): LoadOptions {
  if (!before) return load
  const { device, deviceId } = before
  return { ...load, device, deviceId }
}

function cancelled(): EngineError {
  return new EngineError('cancelled', 'the request was cancelled')
}
