import { cancellationPoint } from './cancellation-point.ts'
import { EngineError, type GenerateOptions, type ImageRequest, type Picture } from './engine.ts'
import { randn } from './noise.ts'
import { fromPatches, type LatentShape, toPatches } from './patches.ts'
import { checkRequest } from './request.ts'
import { sigmas, timeAt } from './schedule.ts'
import type { Caption, Layout, Stages } from './stages.ts'

interface DenoiseOptions {
  readonly signal?: AbortSignal
  /** Called after every step, 1 … steps. */
  readonly onStep?: (step: number) => void
  /** Sees every evaluation of the transformer: patches [image patches, patch size], before the change of sign. */
  readonly onPrediction?: (prediction: Float32Array, kind: 'positive' | 'negative') => void
}

/** The part of a request that the steps depend on. */
type Sampling = Pick<ImageRequest, 'steps' | 'guidance' | 'guidanceRenormalisation' | 'guidanceTruncation'>

// The noise that stirs an embedding must not be the noise that the picture starts from.
const VARY_SEED_OFFSET = 0x5eed
/** At `vary` 100 the stirred embedding's noise is this many times as large as the embedding itself. */
const VARY_STRENGTH = 2
/** Only the first steps read the stirred embedding: they decide what goes where; the rest draw what was asked for. */
const VARY_SHARE_OF_STEPS = 0.5

/** Prompt → embeddings → noise → steps → pixels, `count` times with seeds from `seed` on. Throws an `EngineError`. */
export async function generate(
  stages: Stages,
  request: ImageRequest,
  options: Pick<GenerateOptions, 'signal' | 'onStep'> = {},
): Promise<Picture[]> {
  checkRequest(request, stages.checkpoint.config)
  const { widthPx, heightPx, steps, count = 1 } = request
  const positive = await readPrompt(stages, request.prompt)
  const negative = request.guidance > 0 ? await readPrompt(stages, request.negativePrompt ?? '') : undefined
  const shape = stages.latentShape(widthPx, heightPx)

  const pictures: Picture[] = []
  for (let picture = 0; picture < count; picture++) {
    const started = performance.now()
    const seed = request.seed + picture
    const noise = randn(shape.channels * shape.height * shape.width, seed)
    const early = request.vary ? await stir(stages, positive, request.vary, seed) : positive
    const latent = await denoise(stages, request, shape, { early, positive, negative }, noise, {
      ...options,
      onStep: (step) => options.onStep?.({ step, steps, picture, count }),
    })
    await cancellationPoint(options.signal)
    const image = await decode(stages, latent, shape, options.signal)
    const pixels = toPixels(image, widthPx, heightPx, shape.width * stages.cellPx)
    pictures.push({ widthPx, heightPx, pixels, seed, computeMs: performance.now() - started })
  }
  return pictures
}

/** Prompt → token ids → embeddings → context; of a recent prompt, what they were then. */
export async function readPrompt(stages: Stages, prompt: string): Promise<Caption> {
  return stages.captions.get(prompt, async () => {
    const ids = stages.prompts.encode(prompt)
    const embeddings = await stages.embed(ids)
    return { ids, embeddings, context: await stages.refine(embeddings) }
  })
}

/**
 * Noise → latent, by Euler steps along the flow: x += (σ_next − σ) · velocity, where the velocity is minus the prediction.
 * `noise` and the result are [channels, height, width]. `early` stands in for `positive` in the first steps.
 */
export async function denoise(
  stages: Stages,
  sampling: Sampling,
  shape: LatentShape,
  captions: { readonly early: Caption; readonly positive: Caption; readonly negative: Caption | undefined },
  noise: Float32Array,
  { signal, onStep, onPrediction }: DenoiseOptions = {},
): Promise<Float32Array> {
  const { steps, guidance, guidanceTruncation = 1, guidanceRenormalisation = 0 } = sampling
  const levels = sigmas(steps, stages.checkpoint.config.scheduler.shift)
  const layouts = new Map<number, Layout>() // by caption length
  const layoutFor = (tokens: number) => {
    const layout = layouts.get(tokens) ?? stages.layOut(shape, tokens)
    layouts.set(tokens, layout)
    return layout
  }
  /** Captions of one length are computed together where the memory was planned for that, others one after another. */
  const predict = async (patches: Float32Array, t: number, asked: readonly Caption[]): Promise<Float32Array[]> => {
    const [first, ...rest] = asked as readonly [Caption, ...Caption[]]
    const { tokens } = first.context
    if (asked.length > stages.plan.together || rest.some((caption) => caption.context.tokens !== tokens))
      return [...(await predict(patches, t, [first])), ...(await predict(patches, t, rest))]
    return stages.predict(
      layoutFor(tokens),
      patches,
      t,
      asked.map((caption) => caption.context),
    )
  }

  const { rows } = layoutFor(captions.positive.context.tokens)
  const x = toPatches(noise, shape, rows) // [rows, patch size]; rows beyond the picture stay zero
  for (let i = 0; i < steps; i++) {
    await cancellationPoint(signal)
    const [sigma, next] = levels.subarray(i, i + 2) as unknown as [number, number]
    const t = timeAt(sigma)
    const caption = i < Math.ceil(steps * VARY_SHARE_OF_STEPS) ? captions.early : captions.positive
    const isGuided = captions.negative !== undefined && guidance > 0 && t <= guidanceTruncation
    const asked = isGuided ? [caption, captions.negative] : [caption]
    const [positive, negative] = (await predict(x, t, asked)) as [Float32Array, Float32Array?]
    onPrediction?.(positive, 'positive')
    if (negative) onPrediction?.(negative, 'negative')
    const prediction = negative ? guide(positive, negative, guidance, guidanceRenormalisation) : positive
    const delta = next - sigma
    for (const [j, value] of prediction.entries()) x[j] = (x[j] as number) - delta * value
    onStep?.(i + 1)
  }
  return expectFinite(fromPatches(x, shape), 'latent')
}

/** Latent → image [3, height, width], about −1 … 1. */
export async function decode(
  stages: Stages,
  latent: Float32Array,
  shape: LatentShape,
  signal?: AbortSignal,
): Promise<Float32Array> {
  return expectFinite(await stages.decode(latent, shape, signal), 'picture')
}

/**
 * −1 … 1 in planes [3, rows, rowPx] → 0 … 255 in pixels [heightPx, widthPx, 3]: the middle, where the image is larger because
 * the model draws whole patches only.
 */
export function toPixels(
  image: Float32Array,
  widthPx: number,
  heightPx: number,
  rowPx = widthPx,
): Uint8Array<ArrayBuffer> {
  const area = image.length / 3
  const top = Math.floor((area / rowPx - heightPx) / 2)
  const left = Math.floor((rowPx - widthPx) / 2)
  const pixels = new Uint8ClampedArray(widthPx * heightPx * 3) // clamps, and rounds to nearest
  let i = 0
  for (let y = top; y < top + heightPx; y++)
    for (let x = left; x < left + widthPx; x++)
      for (let channel = 0; channel < 3; channel++)
        pixels[i++] = ((image[channel * area + y * rowPx + x] as number) / 2 + 0.5) * 255
  return new Uint8Array(pixels.buffer)
}

/**
 * pos + guidance · (pos − neg): away from what the negative prompt would draw. With `renormalisation` its norm is kept
 * at most that many times that of pos.
 */
function guide(
  positive: Float32Array,
  negative: Float32Array,
  guidance: number,
  renormalisation: number,
): Float32Array {
  const guided = positive.map((value, i) => value + guidance * (value - (negative[i] as number)))
  if (renormalisation === 0) return guided
  const limit = norm(positive) * renormalisation
  const size = norm(guided)
  return size > limit ? guided.map((value) => value * (limit / size)) : guided
}

/** The caption with seeded noise on its embeddings: the same subject, less of the one picture that the model prefers. */
async function stir(stages: Stages, caption: Caption, vary: number, seed: number): Promise<Caption> {
  const { embeddings } = caption
  const noise = randn(embeddings.length, seed + VARY_SEED_OFFSET)
  const strength = (norm(embeddings) / Math.sqrt(embeddings.length)) * VARY_STRENGTH * (vary / 100)
  const stirred = embeddings.map((value, i) => value + strength * (noise[i] as number))
  return { ids: caption.ids, embeddings: stirred, context: await stages.refine(stirred) }
}

function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
}

function expectFinite(values: Float32Array, what: string): Float32Array {
  if (values.every(Number.isFinite)) return values
  throw new EngineError(
    'not-a-number',
    `expected finite numbers in the ${what}: the weights or the device's precision are at fault`,
  )
}
