import { z } from 'zod'
import { readJsonAs } from './checkpoint/json-file.ts'
import { readSafetensorsHeader, readTensor, type StoredTensor } from './checkpoint/safetensors.ts'
import { concat } from './concat.ts'
import type { Device } from './engine.ts'
import { randn } from './noise.ts'
import { fromPatches, type LatentShape } from './patches.ts'
import { decode, denoise, readPrompt, toPixels } from './pipeline.ts'
import { relativeError } from './relative-error.ts'
import type { Caption, Stages } from './stages.ts'

/** Relative L2 errors against the reference, and the largest difference of the picture in steps of 1/255. */
export interface CaseReport {
  readonly case: string
  readonly ids?: boolean
  readonly embeds?: number
  readonly transformer?: number
  readonly latents?: number
  readonly image?: number
  readonly noise?: number
  readonly ok: boolean
  readonly error?: string
}

/** How far a device may be from the float32 reference. GPU kernels sum in another order and precision. */
const BARS = {
  cpu: { noise: 1e-6, embeds: 1e-4, transformer: 1e-4, latents: 5e-4, image: 1 },
  webgpu: { noise: 1e-6, embeds: 5e-3, transformer: 5e-3, latents: 5e-3, image: 3 },
  cuda: { noise: 1e-6, embeds: 5e-3, transformer: 5e-3, latents: 5e-3, image: 3 },
} satisfies Record<Device, object>

const caseSchema = z.object({
  name: z.string(),
  kind: z
    .literal('text-to-image', 'expected a text-to-image case: others are not computed yet')
    .default('text-to-image'),
  prompt: z.union([z.string(), z.array(z.string()).min(1)]).transform((p) => (typeof p === 'string' ? [p] : p)),
  negative_prompt: z
    .string()
    .nullish()
    .transform((p) => p ?? ''),
  height: z.int(),
  width: z.int(),
  steps: z.int(),
  guidance_scale: z.number(),
  cfg_normalization: z.union([z.boolean(), z.number()]).default(false).transform(Number),
  cfg_truncation: z
    .number()
    .nullish()
    .transform((t) => t ?? 1),
  num_images_per_prompt: z.int().default(1),
  seed: z.int(),
})

type Case = z.infer<typeof caseSchema>

/** What a case computes, in the order of the reference. */
interface Recomputed {
  readonly positives: readonly Caption[]
  readonly negative: Caption | undefined
  readonly shape: LatentShape
  readonly noise: Float32Array // [pictures, channels, height, width]
  readonly latents: Float32Array // [pictures, channels, height, width]
  readonly pixels: readonly Uint8Array[]
  /** Predictions by step: those for the positive captions of all pictures, and for the negative ones. */
  readonly calls: readonly { readonly positive: Float32Array[]; readonly negative: Float32Array[] }[]
}

/** Recomputes one case and holds it against its reference. Throws when either is unreadable. */
export async function verifyCase(stages: Stages, device: Device, path: string): Promise<CaseReport> {
  const asked = await readJsonAs(caseSchema, path)
  const reference = await openReference(path.replace(/\.json$/, '.safetensors'))
  const computed = await recompute(stages, asked)
  const { positives, negative, shape } = computed

  const worst = async (names: readonly string[], values: readonly Float32Array[]) =>
    Math.max(
      ...(await Promise.all(names.map(async (tensor, i) => relativeError(values[i], await reference.floats(tensor))))),
    )
  const ids = await Promise.all(
    positives.map(async (p, i) => String(p.ids) === String(await reference.integers(`input_ids.${i}`))),
  )
  const measured = {
    embeds: await worst(
      positives.flatMap((_, i) => [`prompt_embeds.${i}`, ...(negative ? [`negative_prompt_embeds.${i}`] : [])]),
      positives.flatMap((p) => [p.embeddings, ...(negative ? [negative.embeddings] : [])]),
    ),
    transformer: await worst(
      computed.calls.map((_, k) => `transformer_output.${k}`),
      computed.calls.map((call) => concat([...call.positive, ...call.negative])),
    ),
    latents: await worst(['final_latents'], [computed.latents]),
    image: await pictureDifference(computed.pixels, reference, shape, stages.cellPx),
    noise: await worst(['initial_noise'], [computed.noise]),
  }
  const bars = BARS[device]
  const within = (Object.keys(bars) as (keyof typeof bars)[]).every((key) => measured[key] <= bars[key])
  return {
    case: asked.name,
    ids: ids.every(Boolean),
    ...measured,
    ok: ids.every(Boolean) && within,
  }
}

/** Draws the pictures of a case one after another, their noise drawn as one batch, as diffusers does. */
async function recompute(stages: Stages, asked: Case): Promise<Recomputed> {
  const { prompt: prompts, num_images_per_prompt: perPrompt } = asked
  const positives: Caption[] = []
  for (const prompt of prompts) positives.push(await readPrompt(stages, prompt))
  const negative = asked.guidance_scale > 0 ? await readPrompt(stages, asked.negative_prompt) : undefined
  const shape = stages.latentShape(asked.width, asked.height)
  const pictures = prompts.length * perPrompt
  const latentSize = shape.channels * shape.height * shape.width
  const noise = randn(pictures * latentSize, asked.seed)

  const latents = new Float32Array(noise.length)
  const pixels: Uint8Array[] = []
  const calls = Array.from({ length: asked.steps }, () => ({
    positive: [] as Float32Array[],
    negative: [] as Float32Array[],
  }))
  for (let i = 0; i < pictures; i++) {
    const positive = positives[Math.floor(i / perPrompt)] as Caption
    let call = -1
    const latent = await denoise(
      stages,
      {
        steps: asked.steps,
        guidance: asked.guidance_scale,
        guidanceRenormalisation: asked.cfg_normalization,
        guidanceTruncation: asked.cfg_truncation,
      },
      shape,
      { early: positive, positive, negative },
      noise.subarray(i * latentSize, (i + 1) * latentSize),
      {
        onPrediction(prediction, kind) {
          if (kind === 'positive') call++
          calls[call]?.[kind].push(fromPatches(prediction, shape))
        },
      },
    )
    latents.set(latent, i * latentSize)
    pixels.push(toPixels(await decode(stages, latent, shape), asked.width, asked.height))
  }
  return { positives, negative, shape, noise, latents, pixels, calls }
}

interface Reference {
  floats(name: string): Promise<Float32Array>
  integers(name: string): Promise<BigInt64Array>
  bytes(name: string): Promise<Uint8Array>
}

async function openReference(path: string): Promise<Reference> {
  const tensors = await readSafetensorsHeader(path)
  const read = async (name: string, dtype: StoredTensor['dtype']) => {
    const tensor = tensors.get(name)
    if (tensor?.dtype !== dtype)
      throw new Error(`${path}: expected a tensor ${name} of ${dtype}, got ${tensor?.dtype ?? 'none'}`)
    return (await readTensor(tensor)).buffer
  }
  return {
    floats: async (name) => new Float32Array(await read(name, 'F32')),
    integers: async (name) => new BigInt64Array(await read(name, 'I64')),
    bytes: async (name) => new Uint8Array(await read(name, 'U8')),
  }
}

/** The largest difference between our pixels [height, width, 3] and the reference's planes [3, height, width]. */
async function pictureDifference(
  pixels: readonly Uint8Array[],
  reference: Reference,
  { height, width }: LatentShape,
  cellPx: number,
): Promise<number> {
  const expected = await reference.bytes('image_u8')
  const area = height * width * cellPx * cellPx
  let largest = expected.length === pixels.length * area * 3 ? 0 : Number.POSITIVE_INFINITY
  for (const [i, picture] of pixels.entries())
    for (const [j, value] of picture.entries()) {
      const plane = (i * 3 + (j % 3)) * area
      largest = Math.max(largest, Math.abs(value - (expected[plane + Math.floor(j / 3)] as number)))
    }
  return largest
}
