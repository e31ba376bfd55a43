/** ‖computed − expected‖ / ‖expected‖; infinite where the lengths differ. */
export function relativeError(computed: Float32Array | undefined, expected: Float32Array): number {
  if (computed?.length !== expected.length) return Number.POSITIVE_INFINITY
  let difference = 0
  let size = 0
  for (const [i, value] of expected.entries()) {
    difference += ((computed[i] as number) - value) ** 2
    size += value ** 2
  }
  return Math.sqrt(difference / size)
}
