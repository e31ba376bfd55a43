import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from 'onnx-buf'
import { expect, it } from 'vitest'
import { openCheckpoint } from '../../engine/checkpoint/checkpoint.ts'
import type { Dtype, StoredTensor } from '../../engine/checkpoint/safetensors.ts'
import { type Graph, GraphBuilder, type Value } from '../../engine/graph/builder.ts'
import { FLOAT32_KERNELS } from '../../engine/graph/kernels.ts'
import { attention, linear } from '../../engine/graph/layers.ts'
import { buildContext, buildDenoiser } from '../../engine/graph/transformer.ts'
import { buildVaeDecoder } from '../../engine/graph/vae.ts'
import { TINY } from '../support/checkpoint.ts'

it('the same operator with the same inputs is written once', () => {
  const g = new GraphBuilder('once', new Map())
  const x = g.input('x', 'float32', [2, 2])
  const softmax = (axis: number) => g.op('Softmax', [x], { axis })
  expect(softmax(0)).toBe(softmax(0))
  expect(softmax(1)).not.toBe(softmax(0))
  expect(g.scalar(1)).not.toBe(g.constant(Float32Array.of(1), [1]))
  expect(g.op('Add', [x, softmax(0)])).not.toBe(g.op('Add', [x, softmax(1)]))
  g.output('y', g.op('Add', [softmax(0), softmax(1)]), [2, 2])
  expect(fromBinary(ModelProtoSchema, g.finish().model).graph?.node.map(({ opType }) => opType)).toEqual([
    'Softmax',
    'Softmax',
    'Add',
    'Add',
    'Add',
    'Identity',
  ])
})

it('weights count as the types that they are used in, and bytes as they are', () => {
  const stored = (name: string, dtype: Dtype, shape: readonly number[], bytes: number): [string, StoredTensor] => [
    name,
    { dtype, shape, file: '/w', offset: 0, length: bytes },
  ]
  const bytesOf = (...tensors: readonly [string, StoredTensor][]) => {
    const g = new GraphBuilder('weights', new Map(tensors))
    linear(g, g.input('x', 'float32', ['rows', 256]), 'w', 256, 8)
    return g.finish().weightBytes
  }
  const scales = (shape: readonly number[], bytes: number) => stored('w.weight_scales', 'F16', shape, bytes)
  expect(bytesOf(stored('w.weight', 'BF16', [8, 256], 4096))).toBe(8 * 256 * 4)
  expect(bytesOf(stored('w.weight', 'I8', [8, 256], 2048), scales([8], 16))).toBe(8 * 256 + 8 * 4)
  expect(bytesOf(stored('w.weight', 'U8', [8, 2, 64], 1024), scales([8, 2], 32))).toBe(8 * 2 * 64 + 8 * 2 * 4)
})

it('spelled-out attention has the scores of two heads at a time', () => {
  const g = new GraphBuilder('attention', new Map(), { ...FLOAT32_KERNELS, attention: 'decomposed' })
  const [q, k, v] = ['q', 'k', 'v'].map((name) => g.input(name, 'float32', [1, 'tokens', 3 * 8])) as [
    Value,
    Value,
    Value,
  ]
  g.output('y', attention(g, 3, 8, q, k, v), ['tokens', 3 * 8])
  expect(epsilonsOf(g.finish(), 'Softmax')).toHaveLength(2)
})

it('each norm has its epsilon: queries and keys one of their own, what was divided one divided by the square', async () => {
  const { config, transformer, vae } = await openCheckpoint(TINY)
  const folded = { to_out: 4, w3: 32 }
  const changed = { ...config.transformer, norm_eps: 0.5, folded }
  const found = epsilonsOf(buildContext(changed, transformer), 'SimplifiedLayerNormalization')
  const named = found.map(([input, epsilon]) => [
    /norm_[qk]|attention_norm2|ffn_norm2/.exec(input)?.[0] ?? 'another',
    epsilon,
  ])
  expect(new Set(named.map(String))).toEqual(
    new Set([
      'another,0.5',
      `norm_q,${Math.fround(1e-5)}`,
      `norm_k,${Math.fround(1e-5)}`,
      `attention_norm2,${0.5 / 4 ** 2}`,
      `ffn_norm2,${0.5 / 32 ** 2}`,
    ]),
  )
  const only = (graph: Graph, opType: string) => [...new Set(epsilonsOf(graph, opType).map(([, epsilon]) => epsilon))]
  expect(only(buildDenoiser(changed, transformer), 'LayerNormalization')).toEqual([Math.fround(1e-6)])
  expect(only(buildVaeDecoder(config.vae, vae), 'InstanceNormalization')).toEqual([Math.fround(1e-6)])
})

/** Of each operator of a kind: its inputs, and its epsilon. */
function epsilonsOf({ model }: Graph, kind: string): [input: string, epsilon: number | undefined][] {
  return (fromBinary(ModelProtoSchema, model).graph?.node ?? [])
    .filter(({ opType }) => opType === kind)
    .map(({ input, attribute }) => [String(input), attribute.find(({ name }) => name === 'epsilon')?.f])
}
