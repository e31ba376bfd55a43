import type { CheckpointConfig } from './checkpoint/config.ts'
import type { DeviceMemory } from './device-memory.ts'
import { type Device, EngineError, type MemoryNote, type ModelProfile, type TextEncoderPlace } from './engine.ts'
import { gigabytes } from './gigabytes.ts'
import { type AttentionKind, FLOAT_BYTES, type FloatType } from './graph/kernels.ts'
import { HEADS_AT_A_TIME } from './graph/layers.ts'
import { padded } from './patches.ts'
import { pictureLimits } from './picture-limits.ts'
import { type DecodingKind, vaeDecoderBytes } from './vae-plan.ts'

/** What is done about the memory, so that pictures of up to `largestPixels` fit. */
export interface MemoryPlan {
  readonly textEncoder: TextEncoderPlace
  readonly decoding: DecodingKind
  /** How many captions the denoiser takes at once: with guidance there are two. */
  readonly together: 1 | 2
  readonly largestPixels: number
  /** What that takes. On the CPU the host's memory is the device's, and counted there. */
  readonly note: MemoryNote
}

export interface MemoryNeeds {
  readonly model: string
  readonly device: Device
  readonly config: CheckpointConfig
  readonly profile: ModelProfile
  readonly attention: AttentionKind
  readonly products: FloatType
  /** Weights as the runtime holds them. */
  readonly weightBytes: { readonly textEncoder: number; readonly transformer: number; readonly vae: number }
  /** Undefined where nobody tells. */
  readonly deviceMemory: DeviceMemory | undefined
  readonly hostMemory: DeviceMemory
}

/** What may be given up for memory. */
type Way = Pick<MemoryPlan, 'textEncoder' | 'decoding' | 'together'>

// What is left for the runtime itself and for what it wastes between blocks.
const USABLE_SHARE = 0.9
// Of a picture that is decoded in strips. On the CPU small ones are as fast and take half as much (npm run bench:vae).
const STRIP_PIXELS: Readonly<Record<Device, number>> = { cpu: 128 * 128, webgpu: 256 * 256, cuda: 256 * 256 }
// What a block has at once, counted in rows as wide as the transformer: its input, the norm of it, queries, keys and values
// before and after they are turned.
const ROWS_IN_ATTENTION = 9
// … and beside the gated unit, whose three rows are wider, the input and the norm of it.
const ROWS_IN_FEED_FORWARD = 3

/**
 * Decides before anything is loaded. Takes what is fastest among that which fits the model's largest size, otherwise what
 * leaves the largest pictures. Throws an `EngineError` `out-of-memory` with the numbers where not even the smallest fits.
 */
export function planMemory(needs: MemoryNeeds): MemoryPlan {
  const { device, profile, deviceMemory, hostMemory } = needs
  const usable = {
    device: deviceMemory ? deviceMemory.freeBytes * USABLE_SHARE : Number.POSITIVE_INFINITY,
    host: hostMemory.freeBytes * USABLE_SHARE,
  }
  const places: readonly TextEncoderPlace[] =
    device === 'cpu' ? ['resident', 'released'] : ['resident', 'released', 'cpu']
  const decodings: readonly DecodingKind[] = [{ kind: 'whole' }, { kind: 'strips', maxPixels: STRIP_PIXELS[device] }]
  const ways = places.flatMap((textEncoder) =>
    decodings.flatMap((decoding) => ([2, 1] as const).map((together): Way => ({ textEncoder, decoding, together }))),
  )
  const fits = (way: Way, edgePx: number) => {
    const { deviceBytes, hostBytes } = needAt(needs, way, edgePx)
    return deviceBytes <= usable.device && hostBytes <= usable.host
  }
  /** The largest square, in steps of 16; 0 where none fits. */
  const largestEdge = (way: Way): number => {
    for (let edgePx = profile.maxEdgePx; edgePx >= profile.minEdgePx; edgePx -= 16) if (fits(way, edgePx)) return edgePx
    return 0
  }

  const edges = ways.map(largestEdge)
  const largest = Math.max(...edges)
  const way = ways[edges.indexOf(largest)] as Way
  if (largest === 0) throw tooSmall(needs, ways)
  const { deviceBytes, hostBytes } = needAt(needs, way, largest)
  const note = {
    edgePx: largest,
    deviceBytes,
    ...(deviceMemory && { freeBytes: deviceMemory.freeBytes }),
    ...(device !== 'cpu' && { hostBytes }),
    textEncoder: way.textEncoder,
    inStrips: way.decoding.kind === 'strips',
  }
  return { ...way, largestPixels: largest ** 2, note }
}

/** What a picture of this edge takes at its peak, weights and all. */
function needAt(
  needs: MemoryNeeds,
  { textEncoder, decoding, together }: Way,
  edgePx: number,
): { deviceBytes: number; hostBytes: number } {
  const { config, device, weightBytes, attention } = needs
  const size = { widthPx: edgePx, heightPx: edgePx }
  const text = textActivationBytes(needs)
  const vae = vaeDecoderBytes(config.vae, size, decoding, attention)
  const vaeWeights = decoding.kind === 'whole' ? weightBytes.vae : 0
  const kept = weightBytes.transformer + vaeWeights
  const sharedMemory = device === 'cpu' ? vae.hostBytes : 0
  const drawing = Math.max(denoiserActivationBytes(needs, together, edgePx), vae.deviceBytes + sharedMemory)
  switch (textEncoder) {
    case 'resident': {
      const deviceBytes = kept + weightBytes.textEncoder + Math.max(text, drawing)
      return { deviceBytes, hostBytes: device === 'cpu' ? deviceBytes : vae.hostBytes }
    }
    case 'released': {
      const deviceBytes = kept + Math.max(weightBytes.textEncoder + text, drawing)
      return { deviceBytes, hostBytes: device === 'cpu' ? deviceBytes : vae.hostBytes }
    }
    case 'cpu':
      return { deviceBytes: kept + drawing, hostBytes: weightBytes.textEncoder + Math.max(text, vae.hostBytes) }
    default:
      return textEncoder satisfies never
  }
}

/** What the denoiser has at once beside its weights, at the longest prompt. */
function denoiserActivationBytes(
  { config, profile, attention, products }: MemoryNeeds,
  captions: number,
  edgePx: number,
): number {
  const { dim } = config.transformer
  const image = padded(Math.ceil(edgePx / pictureLimits(config).patchPx) ** 2)
  const tokens = image + padded(profile.maxTokens)
  const hidden = Math.floor((dim / 3) * 8)
  const inAttention = ROWS_IN_ATTENTION * dim * FLOAT_BYTES.float32
  const inFeedForward = ROWS_IN_FEED_FORWARD * dim * FLOAT_BYTES.float32 + 3 * hidden * FLOAT_BYTES[products]
  const scores = attention === 'decomposed' ? 2 * HEADS_AT_A_TIME * captions * tokens ** 2 * FLOAT_BYTES.float32 : 0
  return tokens * captions * Math.max(inAttention, inFeedForward) + scores
}

function textActivationBytes({ config, profile }: MemoryNeeds): number {
  const { hidden_size, intermediate_size, num_attention_heads, head_dim } = config.textEncoder
  const row = Math.max(3 * intermediate_size, 6 * num_attention_heads * head_dim) + 3 * hidden_size
  return profile.maxTokens * (row + 2 * num_attention_heads * profile.maxTokens) * FLOAT_BYTES.float32
}

function tooSmall(needs: MemoryNeeds, ways: readonly Way[]): EngineError {
  const { model, device, profile, deviceMemory, hostMemory } = needs
  const all = ways.map((way) => needAt(needs, way, profile.minEdgePx))
  const least = all.reduce((a, b) => (b.deviceBytes < a.deviceBytes ? b : a))
  const host = device === 'cpu' ? '' : ` and ${gigabytes(least.hostBytes)} on the host`
  const found = `${deviceMemory ? gigabytes(deviceMemory.freeBytes) : 'an unknown amount'}${host && ` and ${gigabytes(hostMemory.freeBytes)}`}`
  return new EngineError(
    'out-of-memory',
    `${model} on ${device}: expected ${gigabytes(least.deviceBytes / USABLE_SHARE)} of free memory${host} for ${profile.minEdgePx}×${profile.minEdgePx}, found ${found}; \`npm start -- models prepare\` makes it smaller`,
  )
}
