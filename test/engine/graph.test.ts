import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from 'onnx-buf'
import { expect, it } from 'vitest'
import { openCheckpoint } from '../../engine/checkpoint/checkpoint.ts'
import { GraphBuilder } from '../../engine/graph/builder.ts'
import { buildContext } from '../../engine/graph/transformer.ts'
import { TINY } from '../support/checkpoint.ts'

it('the same operator with the same inputs is written once', () => {
  const g = new GraphBuilder('once', new Map())
  const x = g.input('x', 'float32', [2, 2])
  const softmax = (axis: number) => g.op('Softmax', [x], { axis })
  expect(softmax(0)).toBe(softmax(0))
  expect(softmax(1)).not.toBe(softmax(0))
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

it('queries and keys are normed with an epsilon of their own, as diffusers does', async () => {
  const { config, transformer } = await openCheckpoint(TINY)
  const { model } = buildContext({ ...config.transformer, norm_eps: 0.5 }, transformer)
  const epsilons = (fromBinary(ModelProtoSchema, model).graph?.node ?? [])
    .filter(({ opType }) => opType === 'SimplifiedLayerNormalization')
    .map(({ input, attribute }) => [
      /norm_[qk]/.test(String(input)),
      attribute.find(({ name }) => name === 'epsilon')?.f,
    ])
  expect(new Map(epsilons as [boolean, number][])).toEqual(
    new Map([
      [false, 0.5],
      [true, Math.fround(1e-5)],
    ]),
  )
})
