// A larger one would spread further and take more time: at this size the transforms take a twentieth of an evaluation.
const LARGEST = 128

/** How many neighbours of a row of `inSize` numbers are transformed together: a power of two that fills the row. */
export function hadamardSize(inSize: number): number {
  return Math.min(LARGEST, inSize & -inSize)
}

/** The Walsh–Hadamard matrix of `size` rows, a power of two, scaled so that it is its own inverse: [size, size]. */
export function hadamardMatrix(size: number): Float32Array<ArrayBuffer> {
  const matrix = new Float32Array(size * size)
  for (let i = 0; i < size; i++) matrix[i * size + i] = 1
  hadamardTransform(matrix, size)
  return matrix
}

/** Multiplies every `hadamardSize(inSize)` neighbours of rows of `inSize` numbers by that matrix, in place. */
export function hadamardTransform(values: Float32Array, inSize: number): void {
  const size = hadamardSize(inSize)
  for (let half = 1; half < size; half *= 2)
    for (let start = 0; start < values.length; start += 2 * half)
      for (let i = start; i < start + half; i++) {
        const [a, b] = [values[i] as number, values[i + half] as number]
        values[i] = a + b
        values[i + half] = a - b
      }
  const scale = 1 / Math.sqrt(size)
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * scale
}
