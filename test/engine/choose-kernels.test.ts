import { expect, it } from 'vitest'
import { newRecipe } from '../../engine/checkpoint/recipe.ts'
import type { Dtype } from '../../engine/checkpoint/safetensors.ts'
import type { Precision } from '../../engine/checkpoint/treatment.ts'
import { chooseKernels } from '../../engine/choose-kernels.ts'

const released = (dtype: Dtype) => ({
  recipe: undefined,
  transformer: new Map([
    ['layers.0.attention.to_q.weight', { dtype, shape: [4, 4], file: '/model', offset: 0, length: 0 }],
  ]),
})
const prepared = (precision: Precision) => ({
  recipe: newRecipe(precision, { name: 'model', files: [] }, { int4: 0, int8: 0 }),
  transformer: new Map(),
})

it.each([
  // float16 overflows unless the model was prepared for it.
  ['released in bfloat16', released('BF16'), 'bfloat16', 'float32'],
  ['released in float16', released('F16'), 'float32', 'float32'],
  ['released in float32', released('F32'), 'float32', 'float32'],
  ['prepared in bfloat16', prepared('bfloat16'), 'bfloat16', 'float32'],
  ['prepared in float16', prepared('float16'), 'float16', 'float16'],
  ['prepared in int8', prepared('int8'), 'float16', 'float32'],
  ['prepared in int4', prepared('int4'), 'float16', 'float32'],
  ['prepared in float32', prepared('float32'), 'float32', 'float32'],
] as const)('%s is multiplied in what its weights bear', (_, model, onCuda, onWebGpu) => {
  expect(chooseKernels('cuda', model)).toMatchObject({ products: onCuda, longSums: onCuda, attention: 'fused' })
  expect(chooseKernels('webgpu', model)).toMatchObject({ products: onWebGpu, longSums: 'float32', int8: false })
  expect(chooseKernels('cpu', model)).toMatchObject({
    products: 'float32',
    longSums: 'float32',
    int8: true,
  })
})
