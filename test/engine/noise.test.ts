import { expect, it } from 'vitest'
import { randn } from '../../engine/noise.ts'

// torch.randn(20, generator=torch.Generator("cpu").manual_seed(n)): blocks of 16, then the last 16 drawn again.
const TORCH: Record<number, readonly number[]> = {
  0: [
    -1.12584, -1.15236, -0.250579, -0.433879, 0.598839, -1.555095, -0.34136, 1.853006, 0.468096, -0.157712, 1.44366,
    0.266049, 1.389366, 1.586334, 0.946298, -0.843677, 0.931827, 1.259009, 2.004981, 0.053737,
  ],
  7: [
    -0.820135, 0.395631, 0.898908, -1.388404, 0.198445, 0.782073, 1.039108, -0.724511, -0.848909, -1.216929, -0.081022,
    1.361485, -2.061478, 0.674101, -1.323346, -1.359769, -0.866702, -0.564007, -2.056463, -0.356723,
  ],
  2147483659: [
    -1.160013, -0.36247, 0.129146, 0.424253, 0.458346, 0.125111, 1.341914, -0.708565, -1.115262, 0.011673, 1.837595,
    -1.113784, -1.721786, -0.178983, -0.506465, 2.724447, 0.025943, -0.696169, 0.139841, -1.081933,
  ],
  4294967295: [
    -2.664298, -1.091049, 0.451447, 0.228361, 0.306219, 0.424003, 0.265636, -3.149295, -2.843764, 0.94632, -1.044257,
    0.551072, -0.029645, 0.383217, -0.160953, 1.967891, 1.624383, -1.113765, 0.655748, -1.20969,
  ],
}

it.each(Object.keys(TORCH).map(Number))('seed %i draws what torch draws', (seed) => {
  const drawn = randn(20, seed)
  for (const [i, value] of (TORCH[seed] as readonly number[]).entries()) expect(drawn[i]).toBeCloseTo(value, 5)
})

it('takes the low 32 bits of a seed, as torch does', () => {
  expect(randn(32, 2 ** 32 + 5)).toEqual(randn(32, 5))
  expect(randn(32, 6)).not.toEqual(randn(32, 5))
})

it('draws fewer than a block in the other way that torch has for them', () => {
  const drawn = randn(5, 2 ** 32 + 5)
  expect(drawn).toHaveLength(5)
  for (const [i, value] of [-0.486781, -0.603822, -0.558096, 0.667524, -0.197415].entries())
    expect(drawn[i]).toBeCloseTo(value, 5)
})
