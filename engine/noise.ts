const STATE_SIZE = 624
const MIDDLE = 397
// torch takes the low 24 bits of a draw for a float32 in [0, 1).
const UNIFORM_BITS = 24
// Box–Muller runs over blocks: the first half are radii, the second half angles.
const BLOCK = 16

/**
 * `count` standard normal numbers, those of `torch.randn` with `torch.Generator("cpu").manual_seed(seed)` but for the last
 * bits of a float32: so a seed gives the picture that diffusers users know. Mirrors ATen's `normal_fill`.
 */
export function randn(count: number, seed: number): Float32Array {
  const next = mersenneTwister(seed)
  if (count < BLOCK) return fewNormal(count, next)
  const uniform = () => (next() & (2 ** UNIFORM_BITS - 1)) / 2 ** UNIFORM_BITS
  const values = Float32Array.from({ length: count }, uniform)
  for (let i = 0; i + BLOCK <= count; i += BLOCK) toNormal(values, i)
  if (count % BLOCK !== 0) {
    // The tail is drawn again as a whole block over the last 16, overlapping the one before.
    for (let i = count - BLOCK; i < count; i++) values[i] = uniform()
    toNormal(values, count - BLOCK)
  }
  return values
}

function toNormal(values: Float32Array, start: number): void {
  for (let j = start; j < start + BLOCK / 2; j++) {
    const u1 = 1 - (values[j] as number) // (0, 1]: its logarithm is finite
    const u2 = values[j + BLOCK / 2] as number
    const radius = Math.sqrt(-2 * Math.log(u1))
    const theta = 2 * Math.PI * u2
    values[j] = radius * Math.cos(theta)
    values[j + BLOCK / 2] = radius * Math.sin(theta)
  }
}

/** What torch draws of fewer than a block: pair by pair, from float64 of two draws each. Mirrors ATen's `normal_distribution`. */
function fewNormal(count: number, next: () => number): Float32Array {
  const uniform = () => ((next() & (2 ** 21 - 1)) * 2 ** 32 + next()) / 2 ** 53
  const values = new Float32Array(count)
  for (let i = 0; i < count; i += 2) {
    const theta = 2 * Math.PI * uniform()
    const radius = Math.sqrt(-2 * Math.log1p(-uniform()))
    values[i] = radius * Math.cos(theta)
    values[i + 1] = radius * Math.sin(theta) // beyond the end of an odd count, where a typed array takes nothing
  }
  return values
}

/** mt19937, seeded with the low 32 bits of `seed` as torch does. Returns unsigned 32-bit draws. */
function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(STATE_SIZE)
  state[0] = seed % 2 ** 32
  for (let i = 1; i < STATE_SIZE; i++) {
    const previous = state[i - 1] as number
    state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i
  }
  let index = STATE_SIZE

  function twist(): void {
    for (let i = 0; i < STATE_SIZE; i++) {
      const y = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % STATE_SIZE] as number) & 0x7fffffff)
      state[i] = (state[(i + MIDDLE) % STATE_SIZE] as number) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0)
    }
    index = 0
  }

  return () => {
    if (index === STATE_SIZE) twist()
    let y = state[index++] as number
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }
}
