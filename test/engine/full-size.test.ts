import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from 'onnx-buf'
import { beforeAll, describe, expect, it } from 'vitest'
import { type CheckpointConfig, readCheckpointConfig } from '../../engine/checkpoint/config.ts'
import type { TensorIndex } from '../../engine/checkpoint/found.ts'
import { DTYPE_BYTES, type Dtype, type StoredTensor } from '../../engine/checkpoint/safetensors.ts'
import { EMBEDDING_TENSOR, openEmbedding } from '../../engine/embedding.ts'
import type { Graph } from '../../engine/graph/builder.ts'
import { FLOAT32_KERNELS } from '../../engine/graph/kernels.ts'
import { buildTextEncoder } from '../../engine/graph/text-encoder.ts'
import { buildContext, buildDenoiser } from '../../engine/graph/transformer.ts'
import { buildVaeDecoder } from '../../engine/graph/vae.ts'
import { REFERENCE } from '../support/checkpoint.ts'

const OFFICIAL = join(REFERENCE, 'official')

/** The released tensors of a part, as if they lay one after another in one file. */
function released(part: string, prefix = ''): Map<string, StoredTensor> {
  const { tensors } = JSON.parse(readFileSync(join(OFFICIAL, part, 'tensors.json'), 'utf8'))
  let offset = 0
  return new Map(
    Object.entries(tensors as Record<string, { dtype: Dtype; shape: number[] }>).map(([name, { dtype, shape }]) => {
      const length = shape.reduce((a, b) => a * b, DTYPE_BYTES[dtype])
      const tensor = { dtype, shape, file: `/released/${part}.safetensors`, offset, length }
      offset += length
      return [name.slice(prefix.length), tensor]
    }),
  )
}

/** The graph's weights as the runtime will see them: name, dimensions and byte range. */
function externalWeights(graph: Graph) {
  const { graph: proto } = fromBinary(ModelProtoSchema, graph.model)
  return (proto?.initializer ?? [])
    .filter((tensor) => tensor.externalData.length > 0)
    .map((tensor) => ({
      name: tensor.name,
      elements: tensor.dims.reduce((a, b) => a * Number(b), 1),
      ...Object.fromEntries(tensor.externalData.map(({ key, value }) => [key, value])),
    }))
}

/** A valid graph defines every value before it is read, once, and reads every weight. */
function expectWellFormed(graph: Graph): void {
  const { graph: proto } = fromBinary(ModelProtoSchema, graph.model)
  if (!proto) throw new Error('expected a graph')
  const defined = new Set([...proto.input, ...proto.initializer].map(({ name }) => name))
  const read = new Set<string>()
  for (const node of proto.node) {
    for (const input of node.input.filter(Boolean)) {
      expect(defined, `${node.name} reads ${input}`).toContain(input)
      read.add(input)
    }
    for (const output of node.output) {
      expect(defined, `${output} is made twice`).not.toContain(output)
      defined.add(output)
    }
  }
  expect(proto.initializer.filter(({ name }) => !read.has(name))).toEqual([])
  expect(proto.output.every(({ name }) => defined.has(name))).toBe(true)
}

function expectEachOnce(graphs: readonly Graph[], tensors: TensorIndex, expected: readonly string[]): void {
  const used = graphs.flatMap(externalWeights)
  expect(used.map(({ name }) => name).toSorted()).toEqual(expected.toSorted())
  for (const weight of used) {
    const tensor = tensors.get(weight.name) as StoredTensor
    expect(weight).toMatchObject({ offset: String(tensor.offset), length: String(tensor.length) })
    expect(weight.elements).toBe(tensor.length / DTYPE_BYTES[tensor.dtype])
  }
}

describe('the full-size model, without its weights', () => {
  let config: CheckpointConfig
  beforeAll(async () => {
    config = await readCheckpointConfig(OFFICIAL)
  })

  it('reads every one of the 521 tensors of the transformer exactly once', () => {
    const tensors = released('transformer')
    expect(tensors.size).toBe(521)
    for (const attention of ['fused', 'decomposed'] as const) {
      const kernels = { ...FLOAT32_KERNELS, attention }
      const graphs = [
        buildContext(config.transformer, tensors, kernels),
        buildDenoiser(config.transformer, tensors, kernels),
      ]
      graphs.forEach(expectWellFormed)
      expectEachOnce(graphs, tensors, [...tensors.keys()])
    }
  })

  it('reads every tensor of the text encoder once, but for the last layer and the final norm', () => {
    const tensors = released('text_encoder', 'model.')
    expect(tensors.size).toBe(398)
    const last = `layers.${config.textEncoder.num_hidden_layers - 1}.`
    const needed = [...tensors.keys()].filter((name) => !name.startsWith(last) && name !== 'norm.weight')
    const graph = buildTextEncoder(config.textEncoder, tensors)
    expectWellFormed(graph)
    // The embedding table is looked up row by row in its file: it is the one tensor outside the graph.
    expectEachOnce(
      [graph],
      tensors,
      needed.filter((name) => name !== EMBEDDING_TENSOR),
    )
    expect(needed).toContain(EMBEDDING_TENSOR)
    expect(() => openEmbedding(tensors, config.textEncoder.vocab_size, config.textEncoder.hidden_size)).not.toThrow()
  })

  it("reads every tensor of the VAE's decoder exactly once", () => {
    const tensors = released('vae')
    for (const attention of ['fused', 'decomposed'] as const) {
      const kernels = { ...FLOAT32_KERNELS, attention }
      const graph = buildVaeDecoder(config.vae, tensors, kernels)
      expectWellFormed(graph)
      expectEachOnce(
        [graph],
        tensors,
        [...tensors.keys()].filter((name) => name.startsWith('decoder.')),
      )
    }
  })

  it('makes graphs of less than a megabyte', () => {
    const tensors = released('transformer')
    expect(buildDenoiser(config.transformer, tensors).model.length).toBeLessThan(1_000_000)
  })
})
