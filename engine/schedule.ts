/**
 * Noise levels of a flow-matching run: `steps` values from 1 downwards, pushed towards 1 by `shift`, then 0.
 * Mirrors diffusers' FlowMatchEulerDiscreteScheduler with the pipeline's spacing. → [steps + 1], float32 values.
 */
export function sigmas(steps: number, shift: number): Float32Array {
  const values = new Float32Array(steps + 1)
  for (let i = 0; i < steps; i++) {
    const even = 1 - i / steps // linspace(1, 1/steps, steps)
    values[i] = (shift * even) / (1 + (shift - 1) * even)
  }
  return values
}
