/** Cosine and sine of every angle, [tokens, head dim / 2] each. Computed here because not every device has a sine. */
interface RotaryValues {
  readonly cos: Float32Array
  readonly sin: Float32Array
}

/** Where a token stands: (frame, row, column). */
export type Position = readonly [frame: number, row: number, column: number]

/** A text position p turns pair j by p·theta^(−2j/dim), in float32 as transformers computes it. */
export function textRotary(tokens: number, dim: number, theta: number): RotaryValues {
  const frequencies = Float32Array.from({ length: dim / 2 }, (_, j) => 1 / theta ** ((2 * j) / dim))
  return tables(tokens, dim / 2, (token, j) => token * (frequencies[j] as number))
}

/**
 * The head is split by `axes` into parts, each turned by its own coordinate; angles in float64, then float32, as diffusers'
 * RopeEmbedder computes them.
 */
export function spatialRotary(positions: readonly Position[], axes: readonly number[], theta: number): RotaryValues {
  const pairs = axes.flatMap((dim, axis) =>
    Array.from({ length: dim / 2 }, (_, j) => ({ axis, frequency: 1 / theta ** ((2 * j) / dim) })),
  )
  return tables(positions.length, pairs.length, (token, j) => {
    const { axis, frequency } = pairs[j] as (typeof pairs)[number]
    return (positions[token] as Position)[axis as 0 | 1 | 2] * frequency
  })
}

function tables(tokens: number, half: number, angle: (token: number, pair: number) => number): RotaryValues {
  const cos = new Float32Array(tokens * half)
  const sin = new Float32Array(tokens * half)
  for (let token = 0; token < tokens; token++)
    for (let j = 0; j < half; j++) {
      const radians = Math.fround(angle(token, j))
      cos[token * half + j] = Math.cos(radians)
      sin[token * half + j] = Math.sin(radians)
    }
  return { cos, sin }
}
