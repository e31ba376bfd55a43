import { afterAll, beforeAll, expect, it } from 'vitest'
import { randn } from '../../engine/noise.ts'
import { denoise, generate, readPrompt, toPixels } from '../../engine/pipeline.ts'
import { relativeError } from '../../engine/relative-error.ts'
import { checkRequest } from '../../engine/request.ts'
import { loadStages, type Stages } from '../../engine/stages.ts'
import { DEFAULT_MODEL } from '../support/checkpoint.ts'

const REQUEST = { prompt: 'a fox', widthPx: 64, heightPx: 64, steps: 1, guidance: 0, seed: 1 }

let stages: Stages
beforeAll(async () => {
  stages = await loadStages(DEFAULT_MODEL, { device: 'cpu', threads: 1 })
})
afterAll(() => stages.release())

it('tells the positive from the negative prediction where both prompts are the same', async () => {
  const caption = await readPrompt(stages, '')
  const shape = stages.latentShape(64, 64)
  const noise = new Float32Array(shape.channels * shape.height * shape.width)
  const kinds: string[] = []
  await denoise(
    stages,
    { steps: 2, guidance: 3 },
    shape,
    { early: caption, positive: caption, negative: await readPrompt(stages, '') },
    noise,
    { onPrediction: (_, kind) => kinds.push(kind) },
  )
  expect(kinds).toEqual(['positive', 'negative', 'positive', 'negative'])
})

it('guides up to the time at which guidance ends, that time included', async () => {
  const caption = await readPrompt(stages, '')
  const shape = stages.latentShape(64, 64)
  const noise = new Float32Array(shape.channels * shape.height * shape.width)
  const kinds: string[] = []
  const sampling = { steps: 2, guidance: 3, guidanceTruncation: 0 } // the first step's time is 0
  const captions = { early: caption, positive: caption, negative: caption }
  await denoise(stages, sampling, shape, captions, noise, { onPrediction: (_, kind) => kinds.push(kind) })
  expect(kinds).toEqual(['positive', 'negative', 'positive'])
})

it('at vary 50 stirs the embedding by noise as large as itself, for the first half of the steps', async () => {
  const refined: Float32Array[] = []
  const read: unknown[] = []
  const watched: Stages = {
    ...stages,
    refine(embeddings) {
      refined.push(embeddings)
      return stages.refine(embeddings)
    },
    predict(layout, patches, t, captions) {
      read.push(captions[0])
      return stages.predict(layout, patches, t, captions)
    },
  }
  const plain = await readPrompt(stages, REQUEST.prompt)
  await generate(watched, { ...REQUEST, steps: 3, vary: 50 })
  expect(read.map((context) => context === plain.context)).toEqual([false, false, true])
  const stirring = (i: number) => refined[i]!.map((value, j) => value - plain.embeddings[j]!)
  expect(relativeError(refined[0], plain.embeddings)).toBeCloseTo(1, 1)
  // Another noise than that of the picture, and another for another seed.
  expect(Math.abs(cosine(stirring(0), randn(plain.embeddings.length, REQUEST.seed)))).toBeLessThan(0.2)
  await generate(watched, { ...REQUEST, seed: 2, vary: 50 })
  expect(Math.abs(cosine(stirring(0), stirring(1)))).toBeLessThan(0.2)
})

it('a cancel in the last step keeps the picture from being decoded, and one that is decoded to no numbers is refused', async () => {
  const cancel = new AbortController()
  let decoded = 0
  const broken: Stages = {
    ...stages,
    async decode(_, { height, width }) {
      decoded++
      return new Float32Array(3 * height * width * stages.cellPx ** 2).fill(Number.NaN)
    },
  }
  const cancelled = generate(broken, REQUEST, { signal: cancel.signal, onStep: () => cancel.abort() })
  await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
  expect(decoded).toBe(0)
  await expect(generate(broken, REQUEST)).rejects.toMatchObject({
    code: 'not-a-number',
    message: expect.stringContaining('in the picture'),
  })
})

it('takes a prediction of nothing for what it is, with renormalisation too', async () => {
  const caption = await readPrompt(stages, '')
  const shape = stages.latentShape(64, 64)
  const noise = Float32Array.from({ length: shape.channels * shape.height * shape.width }, (_, i) => i)
  const still: Stages = {
    ...stages,
    predict: async (_, patches, __, captions) => captions.map(() => new Float32Array(patches.length)),
  }
  const captions = { early: caption, positive: caption, negative: caption }
  const sampling = { steps: 2, guidance: 3, guidanceRenormalisation: 1 }
  expect(await denoise(still, sampling, shape, captions, noise)).toEqual(noise)
})

it('computes two captions after one another where the memory is planned for one, and draws the same', async () => {
  const sizes: number[] = []
  const counting = (together: 1 | 2): Stages => ({
    ...stages,
    plan: { ...stages.plan, together },
    predict: (layout, patches, t, captions) => {
      sizes.push(captions.length)
      return stages.predict(layout, patches, t, captions)
    },
  })
  const guided = { ...REQUEST, guidance: 0.5, steps: 2 }
  const [once] = await generate(counting(2), guided)
  const [inTurn] = await generate(counting(1), guided)
  expect(sizes).toEqual([2, 2, 1, 1, 1, 1])
  const furthest = inTurn!.pixels.reduce((most, value, i) => Math.max(most, Math.abs(value - once!.pixels[i]!)), 0)
  expect(furthest).toBeLessThanOrEqual(1)
})

it('draws any multiple of 16, of a model whose patches are larger too', async () => {
  const [picture] = await generate(stages, { ...REQUEST, widthPx: 144, heightPx: 80 })
  expect(picture).toMatchObject({ widthPx: 144, heightPx: 80 })
  expect(picture?.pixels).toHaveLength(144 * 80 * 3)
  // The middle of what whole patches make.
  const [whole] = await generate(stages, { ...REQUEST, widthPx: 160, heightPx: 96 })
  const row = (y: number) => whole?.pixels.subarray((y * 160 + 8) * 3, (y * 160 + 152) * 3)
  expect(picture?.pixels.subarray(0, 144 * 3)).toEqual(row(8))
  expect(picture?.pixels.subarray(-144 * 3)).toEqual(row(87))
  await expect(generate(stages, { ...REQUEST, widthPx: 72 })).rejects.toMatchObject({
    message: 'widthPx: expected a multiple of 16 from 16 to 8192 pixels, got 72',
  })
})

it('takes the middle of an image, each plane a colour', () => {
  const image = Float32Array.from({ length: 3 * 4 * 2 }, (_, i) => (i / 255) * 2 - 1) // [3, 2, 4]
  expect([...toPixels(image, 2, 2, 4)]).toEqual([1, 9, 17, 2, 10, 18, 5, 13, 21, 6, 14, 22])
})

it('refuses a seed from which the last picture could not count on', () => {
  const last = Number.MAX_SAFE_INTEGER - 1
  expect(() => checkRequest({ ...REQUEST, seed: last, count: 2 }, stages.checkpoint.config)).not.toThrow()
  expect(() => checkRequest({ ...REQUEST, seed: last, count: 3 }, stages.checkpoint.config)).toThrow(
    /seed: expected a whole number/,
  )
})

it('refuses an edge that the transformer has no positions for, each of the two by its own axis', () => {
  const { transformer, ...config } = stages.checkpoint.config
  const narrow = { ...config, transformer: { ...transformer, axes_lens: [1536, 8, 4] } } // rows, columns of 32 pixels
  const check = (widthPx: number, heightPx: number) => () => checkRequest({ ...REQUEST, widthPx, heightPx }, narrow)
  expect(check(128, 256)).not.toThrow()
  expect(check(144, 256)).toThrow(/widthPx: expected .* to 128 pixels/)
  expect(check(128, 272)).toThrow(/heightPx: expected .* to 256 pixels/)
})

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}
