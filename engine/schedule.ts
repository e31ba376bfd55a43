const round = Math.fround

/**
 * Noise levels of a flow-matching run: `steps` values from 1 downwards, pushed towards 1 by `shift`, then 0.
 * Mirrors diffusers' FlowMatchEulerDiscreteScheduler with the pipeline's spacing, rounding for rounding. → [steps + 1]
 */
export function sigmas(steps: number, shift: number): Float32Array {
  const values = new Float32Array(steps + 1)
  // linspace(1, 1/steps, steps), which torch counts from both ends; a product and its sum are rounded together there.
  const last = round(1 / steps)
  const stride = round(round(last - 1) / Math.max(1, steps - 1))
  for (let i = 0; i < steps; i++) {
    const even = round(i < Math.floor(steps / 2) ? 1 + stride * i : last - stride * (steps - 1 - i))
    values[i] = round(round(shift) * even) / round(1 + round(round(shift - 1) * even))
  }
  return values
}

/**
 * The model's time at a noise level: 0 noise … 1 clean. By way of thousandths, as diffusers' pipeline computes it: where guidance
 * ends at a time that a step has, the last bit decides.
 */
export function timeAt(sigma: number): number {
  return round(round(1000 - round(sigma * 1000)) / 1000)
}
