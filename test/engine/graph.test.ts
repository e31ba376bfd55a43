import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from 'onnx-buf'
import { expect, it } from 'vitest'
import { openCheckpoint } from '../../engine/checkpoint/checkpoint.ts'
import type { Dtype, StoredTensor } from '../../engine/checkpoint/safetensors.ts'
import { GraphBuilder } from '../../engine/graph/builder.ts'
import { linear } from '../../engine/graph/layers.ts'
import { buildContext } from '../../engine/graph/transformer.ts'
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

it('queries and keys are normed with an epsilon of their own, what was divided with one divided by the square', async () => {
  const { config, transformer } = await openCheckpoint(TINY)
  const folded = { to_out: 4, w3: 32 }
  const { model } = buildContext({ ...config.transformer, norm_eps: 0.5, folded }, transformer)
  const epsilons = (fromBinary(ModelProtoSchema, model).graph?.node ?? [])
    .filter(({ opType }) => opType === 'SimplifiedLayerNormalization')
    .map(({ input, attribute }): [string, number | undefined] => [
      /norm_[qk]|attention_norm2|ffn_norm2/.exec(String(input))?.[0] ?? 'another',
      attribute.find(({ name }) => name === 'epsilon')?.f,
    ])
  expect(Object.fromEntries(epsilons)).toEqual({
    another: 0.5,
    norm_q: Math.fround(1e-5),
    norm_k: Math.fround(1e-5),
    attention_norm2: 0.5 / 4 ** 2,
    ffn_norm2: 0.5 / 32 ** 2,
  })
})
