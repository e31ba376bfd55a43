import { Worker } from 'node:worker_threads'
import {
  type Engine,
  EngineError,
  type EngineInfo,
  type GenerateOptions,
  type ImageRequest,
  type Picture,
} from './engine.ts'
import type { FromWorker, LoadOptions, PlainError, ToWorker } from './protocol.ts'

export interface EngineOptions extends LoadOptions {
  /** Told when the worker thread died of an error and a new one is being started. */
  readonly onCrash?: (error: Error) => void
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
  readonly exited: Promise<unknown>
}

/**
 * An engine in a worker thread of its own.
 *
 * States: loading → idle ⇄ computing, until `close` → closed. When the thread dies of an error, what was pending rejects
 * with `crashed`, and a new thread loads the model; the next `generate` waits for it. When the model cannot be loaded,
 * `ready` and every `generate` reject with the reason.
 */
export function createEngine({
  onCrash,
  workerUrl = new URL('./worker.ts', import.meta.url),
  ...load
}: EngineOptions): Engine {
  let info: EngineInfo | undefined
  let pending: Pending | undefined
  let closing: Promise<void> | undefined
  let nextId = 1
  let thread = start()

  function start(): Thread {
    const worker = new Worker(workerUrl, { workerData: load })
    const loaded = Promise.withResolvers<EngineInfo>()
    const exited = Promise.withResolvers<unknown>()
    let fault: Error | undefined
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'loaded') loaded.resolve(message.info)
      else if (message.kind === 'failed') loaded.reject(fromPlain(message.error))
      else answer(message)
    })
    worker.on('error', (error: Error) => {
      fault = error // `exit` follows
    })
    worker.on('exit', (status) => {
      const cause = fault ?? new Error(`it ended with status ${status}`)
      const crash = new EngineError('crashed', `the engine's thread died: ${cause.message}`, { cause })
      loaded.reject(crash) // does nothing when it was loaded already, or failed by itself
      if (info !== undefined && !closing) {
        thread = start()
        onCrash?.(cause)
      }
      finish()?.result.reject(crash)
      exited.resolve(status)
    })
    loaded.promise.then(
      (result) => {
        info = result
      },
      () => {}, // whoever waits for `ready` or calls `generate` is told
    )
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
        finish()?.result.reject(fromPlain(message.error))
        return
      default:
        message satisfies never
    }
  }

  function finish(): Pending | undefined {
    const finished = pending
    pending = undefined
    return finished
  }

  /** Sends the request once the model is loaded, if it is still wanted then. */
  async function submit({ id, options }: Pending, request: ImageRequest): Promise<void> {
    try {
      await thread.loaded
      if (options.signal?.aborted) throw cancelled()
      thread.worker.postMessage({ kind: 'generate', id, request } satisfies ToWorker)
    } catch (error) {
      finish()?.result.reject(error)
    }
  }

  const send = (message: ToWorker) => thread.worker.postMessage(message)

  return {
    ready: thread.loaded,
    get info() {
      return info
    },

    async generate(request: ImageRequest, options: GenerateOptions = {}) {
      if (closing) throw new EngineError('closed', 'the engine is closed')
      if (pending) throw new EngineError('busy', 'expected one request at a time')
      if (options.signal?.aborted) throw cancelled()
      const current: Pending = { id: nextId++, options, result: Promise.withResolvers() }
      const cancel = () => send({ kind: 'cancel', id: current.id })
      pending = current
      options.signal?.addEventListener('abort', cancel)
      try {
        void submit(current, request)
        return await current.result.promise
      } finally {
        options.signal?.removeEventListener('abort', cancel)
      }
    },

    close() {
      closing ??= (async () => {
        // Ending the thread while the runtime computes would abort the whole process: wait until the step is done.
        if (pending) send({ kind: 'cancel', id: pending.id })
        await pending?.result.promise.catch(() => {})
        await thread.loaded.catch(() => {})
        send({ kind: 'close' })
        await thread.exited
      })()
      return closing
    },
  }
}

function cancelled(): EngineError {
  return new EngineError('cancelled', 'the request was cancelled')
}

function fromPlain({ code, message }: PlainError): EngineError {
  return new EngineError(code, message)
}
