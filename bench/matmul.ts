import type { Tensor } from 'onnxruntime-node'
import { type Graph, GraphBuilder } from '../engine/graph/builder.ts'
import type { FloatType } from '../engine/graph/kernels.ts'
import { randn } from '../engine/noise.ts'
import { floats } from '../engine/session.ts'

// The sine of the product of two random numbers as large as this is as good as random.
const SPREAD = 30

interface Products {
  readonly graph: Graph
  readonly inputs: Readonly<Record<string, Tensor>>
}

/**
 * A chain of products with one random matrix of size × size: equal numbers, or ones that overflow, would be multiplied faster. Only
 * vectors go to the device; the matrix is made there, as in diffusers_gpu.py.
 */
export function matrixProducts(type: FloatType, size: number, chain: number): Products {
  const g = new GraphBuilder('matmul')
  const column = g.input('column', 'float32', [size, 1])
  const row = g.input('row', 'float32', [1, size])
  const sines = g.op('Sin', [g.op('MatMul', [column, row])]) // [size, size]
  // What is multiplied by it stays as large as it was.
  const matrix = g.cast(g.op('Mul', [sines, g.scalar(Math.sqrt(2 / size))]), type)
  let product = matrix
  for (let i = 0; i < chain; i++) product = g.op('MatMul', [product, matrix])
  g.output('y', g.op('MatMul', [g.cast(row, type), product]), [1, size])
  const vector = (seed: number) => randn(size, seed).map((x) => x * SPREAD)
  return { graph: g.finish(), inputs: { column: floats(vector(1), size, 1), row: floats(vector(2), 1, size) } }
}
