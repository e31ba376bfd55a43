/** What numbers are in a graph. Weights may lie in other types: they are cast where they enter. */
export type FloatType = 'float32' | 'float16' | 'bfloat16'

export const FLOAT_BYTES: Readonly<Record<FloatType, number>> = { float32: 4, float16: 2, bfloat16: 2 }

/**
 * Scaled dot-product attention as one operator, or spelled out where the fused kernel of a device is wrong or lacks the
 * mask: softmax(q·kᵀ/√d)·v.
 */
export type AttentionKind = 'fused' | 'decomposed'

/** What a device multiplies in, where there is a choice. Norms, rotations and the residual stream are float32 everywhere. */
export interface Kernels {
  readonly attention: AttentionKind
  /** Of matrix products and fused attention. */
  readonly products: FloatType
  /** Of the products after the attention and after the gated unit, whose sums are long and of large numbers. */
  readonly longSums: FloatType
  /**
   * Whether matrices of few bits are multiplied in int8, their input rounded as they are, block by block or row by row; otherwise
   * they become floats at each run.
   */
  readonly int8: boolean
}

/** Float32 throughout: right on every device that has the fused attention. */
export const FLOAT32_KERNELS: Kernels = {
  attention: 'fused',
  products: 'float32',
  longSums: 'float32',
  int8: false,
}
