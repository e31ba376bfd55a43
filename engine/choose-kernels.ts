import type { Checkpoint } from './checkpoint/checkpoint.ts'
import type { Device } from './engine.ts'
import { FLOAT32_KERNELS, type Kernels } from './graph/kernels.ts'

/**
 * What the transformer multiplies in on a device. Half types only where the weights are stored for them: float16 overflows in
 * this model unless they were prepared for it.
 */
export function chooseKernels(
  device: Device,
  { recipe, transformer }: Pick<Checkpoint, 'recipe' | 'transformer'>,
): Kernels {
  const precision = recipe?.precision ?? releasedPrecision(transformer)
  switch (device) {
    case 'cpu':
      // In int8 packed weights are multiplied twice as fast; the error is below that of the weights.
      return { ...FLOAT32_KERNELS, int8: true }
    case 'webgpu': {
      // On software Vulkan the fused kernel is wrong by a tenth; spelled out, attention is exact everywhere. Float16 is summed
      // in float16, which long sums of large numbers do not survive.
      const products = precision === 'float16' ? 'float16' : 'float32'
      return { ...FLOAT32_KERNELS, attention: 'decomposed', products }
    }
    case 'cuda': {
      const products = precision === 'float32' ? 'float32' : precision === 'bfloat16' ? 'bfloat16' : 'float16'
      return { ...FLOAT32_KERNELS, products, longSums: products }
    }
    default:
      return device satisfies never
  }
}

/** What a model that was not prepared may be computed in: bfloat16 has float32's range, float16 has not. */
function releasedPrecision(transformer: Checkpoint['transformer']): 'bfloat16' | 'float32' {
  return transformer.get('layers.0.attention.to_q.weight')?.dtype === 'BF16' ? 'bfloat16' : 'float32'
}
