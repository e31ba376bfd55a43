import { env, InferenceSession, Tensor } from 'onnxruntime-node'
import './environment.ts'
import { type Device, EngineError } from './engine.ts'
import { type Graph, GraphBuilder } from './graph/builder.ts'

// The runtime would print each error that it also throws.
env.logLevel = 'fatal'

/** A graph that is loaded on a device. `run` blocks its thread until the result is there. */
export interface Session extends AsyncDisposable {
  /** The graph's first output. */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Float32Array>
  /** All outputs by name. */
  runAll(inputs: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Float32Array<ArrayBuffer>>>>
  /** Where it is declared with `await using`, that happens at the end of the block. */
  release(): Promise<void>
}

export interface SessionOptions {
  readonly device: Device
  /** Which of several CUDA devices; absent: the first. */
  readonly deviceId?: number
  /** Threads inside one operator, on the CPU; absent: one for each physical core. */
  readonly threads?: number
  /** Whether matrices of int8 become unsigned as they are loaded: slower, and right on a CPU without VNNI. Absent: no. */
  readonly unsignedInt8?: boolean
}

const keptOpen: Session[] = []

/** Loads a graph. Throws an `EngineError`: `no-device`, `out-of-memory` or `failed`. */
export async function createSession(graph: Graph, options: SessionOptions): Promise<Session> {
  // The last WebGPU session takes the device with it. A thread of the device's that is still busy then, as after a kernel that
  // could not be made, would end it itself, and with that the whole process. So one that does nothing stays to the end.
  if (options.device === 'webgpu' && keptOpen.length === 0) keptOpen.push(await open(idleGraph(), options))
  return open(graph, options)
}

function idleGraph(): Graph {
  const g = new GraphBuilder('idle')
  g.output('y', g.input('x', 'float32', [1]), [1])
  return g.finish()
}

async function open(
  graph: Graph,
  { device, deviceId, threads, unsignedInt8 = false }: SessionOptions,
): Promise<Session> {
  const options: InferenceSession.SessionOptions = {
    // Only CUDA counts its devices.
    executionProviders: [device === 'cuda' && deviceId !== undefined ? { name: device, deviceId } : device],
    graphOptimizationLevel: 'all',
    // With it the second run of a shape takes once more what the first took, in one block, and is no faster for it.
    enableMemPattern: false,
    ...(threads && { intraOpNumThreads: threads }),
    extra: {
      session: {
        // A node that the device cannot run is an error, not a slow detour.
        ...(device !== 'cpu' && { disable_cpu_ep_fallback: '1' }),
        model_external_initializers_file_folder_path: graph.weightFolder,
        // An idle service must not burn a core waiting for the next request.
        intra_op: { allow_spinning: '0' },
        ...(unsignedInt8 && { x64quantprecision: '1' }),
      },
    },
  }
  const session = await InferenceSession.create(graph.model, options).catch((error) => {
    throw runtimeError(error, 'loading', graph, device)
  })
  const [output] = session.outputNames as [string]
  const runAll: Session['runAll'] = async (inputs) => {
    const results = await session.run(inputs).catch((error) => {
      throw runtimeError(error, 'running', graph, device)
    })
    return Object.fromEntries(
      Object.entries(results).map(([name, { data }]) => [name, data as Float32Array<ArrayBuffer>]),
    )
  }
  const release = () => session.release()
  return {
    run: async (inputs) => (await runAll(inputs))[output] as Float32Array,
    runAll,
    release,
    [Symbol.asyncDispose]: release,
  }
}

/** A session that exists only while it runs. */
export function onDemand(open: () => Promise<Session>): Pick<Session, 'run' | 'release'> {
  return {
    async run(inputs) {
      await using session = await open()
      return await session.run(inputs)
    },
    async release() {},
  }
}

/** `data` as a tensor of the shape `dims`, for a session to run with. */
export function floats(data: Float32Array, ...dims: readonly number[]): Tensor {
  return new Tensor('float32', data, dims)
}

/** The same of booleans. */
export function booleans(data: readonly boolean[], ...dims: readonly number[]): Tensor {
  return new Tensor('bool', Uint8Array.from(data, Number), dims)
}

/** The same of whole numbers, as int64. */
export function integers(data: readonly number[], ...dims: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(data, BigInt), dims)
}

/**
 * What the runtime says when the device itself, not the graph, is the trouble: it is not there, or, later, it is lost. CUDA's
 * failure 2 is that its memory is full.
 */
const NO_DEVICE =
  /shared library|no available backend|adapter|webgpu context|device lost|is lost|external instance|CUDA (driver|failure (?!2:))|_EXECUTION_FAILED/i
const OUT_OF_MEMORY = /alloc|out of memory/i

/** What an owner can do about a device that is not there. */
const ADVICE: Partial<Record<Device, string>> = {
  cuda: '; `npm run cuda` installs what it needs on Linux, beside a driver, CUDA and cuDNN',
  webgpu: '; it needs a GPU with a Vulkan, Metal or Direct3D 12 driver',
}

function runtimeError(cause: unknown, doing: 'loading' | 'running', graph: Graph, device: Device): EngineError {
  const message = cause instanceof Error ? cause.message : String(cause)
  if (NO_DEVICE.test(message)) {
    const found = doing === 'running' ? `it was lost while running ${graph.name}` : `found none${ADVICE[device] ?? ''}`
    const situation = device === 'webgpu' && doing === 'loading' ? ({ kind: 'no-webgpu' } as const) : undefined
    const what = `expected a working ${device} device, ${found} (${message.trim()})`
    return new EngineError('no-device', what, { cause, situation })
  }
  const code = OUT_OF_MEMORY.test(message) ? 'out-of-memory' : 'failed'
  return new EngineError(code, `${doing} ${graph.name} on ${device}: ${message}`, { cause })
}
