import { InferenceSession } from 'onnxruntime-node'
import { afterEach, expect, it, vi } from 'vitest'
import { GraphBuilder } from '../../engine/graph/builder.ts'
import { createSession, floats } from '../../engine/session.ts'

afterEach(() => vi.restoreAllMocks())

const graph = () => {
  const g = new GraphBuilder('small', new Map())
  g.output('y', g.op('Neg', [g.input('x', 'float32', [1])]), [1])
  return g.finish()
}

// The runtime's own words.
it.each([
  ['CUDA failure 2: out of memory ; GPU=0 ; expr=cudaMalloc((void**)&p, size); ', 'out-of-memory'],
  ['Failed to allocate memory for requested buffer of size 4294967296', 'out-of-memory'],
  [
    'CUDA failure 100: no CUDA-capable device is detected ; GPU=-1 ; expr=cudaSetDevice(info_.device_id); ',
    'no-device',
  ],
  ['CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version', 'no-device'],
  ['Non-zero status code returned while running Gemm node', 'failed'],
])('%s: %s', async (said, code) => {
  vi.spyOn(InferenceSession, 'create').mockRejectedValue(new Error(said))
  await expect(createSession(graph(), { device: 'cuda' })).rejects.toMatchObject({ code })
})

it.each([
  ['CUDA failure 700: an illegal memory access was encountered ; GPU=0 ; expr=cudaStreamSynchronize(stream_); '],
  ['CUBLAS failure 13: CUBLAS_STATUS_EXECUTION_FAILED ; GPU=0 ; expr=cublasGemmHelper(...)'],
  ['WebGPU device lost (1): the driver was reset'],
  ['Failed to create a WebGPU compute pipeline: [Device] is lost.'],
  ['Failed to create a WebGPU compute pipeline: A valid external Instance reference no longer exists.'],
])('a device that is lost while it runs is told as that: %s', async (said) => {
  const node = "Non-zero status code returned while running Neg node. Name:'y' Status Message: "
  const run = () => Promise.reject(new Error(node + said))
  vi.spyOn(InferenceSession, 'create').mockResolvedValue({ outputNames: ['y'], run } as never)
  const session = await createSession(graph(), { device: 'cuda' })
  await expect(session.run({ x: floats(Float32Array.of(1), 1) })).rejects.toMatchObject({
    code: 'no-device',
    message: expect.stringMatching(/^expected a working cuda device, it was lost while running small \(Non-zero/),
  })
})

it('a session burns no core while it is idle, and takes the threads, the card and the kernels that it is told', async () => {
  const create = vi.spyOn(InferenceSession, 'create').mockResolvedValue({ outputNames: ['y'] } as never)
  await createSession(graph(), { device: 'cpu', threads: 3, unsignedInt8: true })
  await createSession(graph(), { device: 'cuda', deviceId: 1 })
  const [cpu, cuda] = create.mock.calls.map(([, options]) => options as InferenceSession.SessionOptions)
  expect(cpu).toMatchObject({
    executionProviders: ['cpu'],
    intraOpNumThreads: 3,
    extra: { session: { intra_op: { allow_spinning: '0' }, x64quantprecision: '1' } },
  })
  expect(cuda).toMatchObject({
    executionProviders: [{ name: 'cuda', deviceId: 1 }],
    // What the card cannot run is told, and not computed slowly beside it.
    extra: { session: { disable_cpu_ep_fallback: '1' } },
  })
  expect(cuda?.extra?.session).not.toHaveProperty('x64quantprecision')
})

it('the runtime reports to nobody', () => {
  expect(process.env.ORT_DISABLE_TELEMETRY).toBe('1')
})

it('the second run of a shape takes no memory beside what the first one took', async () => {
  const edge = 1024
  const g = new GraphBuilder('maps', new Map())
  const x = g.input('x', 'float32', ['rows', edge])
  const maps = Array.from({ length: 12 }, (_, i) => g.op('Mul', [x, g.scalar(i)]))
  const largest = g.op('ReduceMax', [g.op('Concat', maps, { axis: 1 })], { axes: [1], keepdims: 0 })
  g.output('y', largest, ['rows'])
  const session = await createSession(g.finish(), { device: 'cpu' })
  const input = { x: floats(new Float32Array(edge * edge), edge, edge) }
  await session.run(input)
  const before = process.memoryUsage.rss()
  await session.run(input)
  const grownBytes = process.memoryUsage.rss() - before
  await session.release()
  expect(grownBytes).toBeLessThan(2 * edge * edge * 4)
})
