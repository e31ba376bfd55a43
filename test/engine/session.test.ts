import { InferenceSession } from 'onnxruntime-node'
import { afterEach, expect, it, vi } from 'vitest'
import { GraphBuilder } from '../../engine/graph/builder.ts'
import { createSession } from '../../engine/session.ts'

afterEach(() => vi.restoreAllMocks())

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
  const g = new GraphBuilder('small', new Map())
  g.output('y', g.input('x', 'float32', [1]), [1])
  await expect(createSession(g.finish(), { device: 'cuda' })).rejects.toMatchObject({ code })
})
