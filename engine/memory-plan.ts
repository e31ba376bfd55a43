import type { CheckpointConfig } from './checkpoint/config.ts'
import type { DeviceMemory } from './device-memory.ts'
import { type Device, EngineError, type MemoryNote, type ModelProfile, type TextEncoderPlace } from './engine.ts'
import { type AttentionKind, FLOAT_BYTES, type FloatType } from './graph/kernels.ts'
import { HEADS_AT_A_TIME } from './graph/layers.ts'
import { feedForwardSize } from './graph/transformer.ts'
import { padded } from './patches.ts'
import { EDGE_MULTIPLE_PX, pictureLimits } from './picture-limits.ts'
import { type Decoding, stripBytes, wholeBytes } from './vae-plan.ts'

/** What is done about the memory, so that pictures of up to `note.edgePx`×`note.edgePx` fit. */
export interface MemoryPlan {
  readonly textEncoder: TextEncoderPlace
  readonly decoding: Decoding
  /** How many captions the denoiser takes at once: with guidance there are two. */
  readonly together: 1 | 2
  /** What that takes. On the CPU the host's memory is the device's, and counted there. */
  readonly note: MemoryNote
}

/** What the plan depends on. */
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

/** What may be given up for memory, beside decoding the largest pictures whole. */
type Way = Pick<MemoryPlan, 'textEncoder' | 'together'>

/** The edges of the largest picture there can be, and of the largest that is decoded whole: 0 where none is. */
interface Edges {
  readonly edgePx: number
  readonly wholePx: number
}

// What is left for the runtime itself and for what it wastes between blocks.
const USABLE_SHARE = 0.9
// Of a picture that is decoded in strips. On the CPU small ones are as fast and take half as much (npm run bench:vae).
const STRIP_PIXELS: Readonly<Record<Device, number>> = { cpu: 128 * 128, webgpu: 256 * 256, cuda: 256 * 256 }
// What a block has at once, counted in rows as wide as the transformer: its input, the norm of it, queries, keys and values
// before and after they are turned.
const ROWS_IN_ATTENTION = 9
// … and beside the gated unit, whose three rows are wider, the input and the norm of it.
const ROWS_IN_FEED_FORWARD = 3
// How much more the denoiser takes than that, for the gaps between what it has at once: measured on the CPU, 1.2 to 1.7 times.
// There too little ends the process; on a GPU it fails the one picture, and the largest size becomes smaller.
const GAPS: Readonly<Record<Device, number>> = { cpu: 1.7, webgpu: 1, cuda: 1 }
const NOTHING = { deviceBytes: 0, hostBytes: 0 }

/**
 * Decides before anything is loaded. Takes what is fastest among that which fits the model's largest size, otherwise what
 * leaves the largest pictures. On a GPU as large ones as what is left allows are decoded whole. Throws an `EngineError`
 * `out-of-memory` with the numbers where not even the smallest fits.
 */
export function planMemory(needs: MemoryNeeds): MemoryPlan {
  const { device, profile, deviceMemory, hostMemory } = needs
  const usable = {
    device: deviceMemory ? deviceMemory.freeBytes * USABLE_SHARE : Number.POSITIVE_INFINITY,
    host: hostMemory.freeBytes * USABLE_SHARE,
  }
  const places: readonly TextEncoderPlace[] =
    device === 'cpu' ? ['resident', 'released'] : ['resident', 'released', 'cpu']
  const ways = places.flatMap((textEncoder) => ([2, 1] as const).map((together): Way => ({ textEncoder, together })))
  const fits = (way: Way, edges: Edges) => {
    const { deviceBytes, hostBytes } = needAt(needs, way, edges)
    return deviceBytes <= usable.device && hostBytes <= usable.host
  }
  /** The largest edge between these that is possible; 0 where none is. */
  const largestEdge = (leastPx: number, mostPx: number, isPossible: (edgePx: number) => boolean): number => {
    for (let edgePx = mostPx; edgePx >= leastPx; edgePx -= EDGE_MULTIPLE_PX) if (isPossible(edgePx)) return edgePx
    return 0
  }
  const { minEdgePx, maxEdgePx } = profile

  const plans = ways.map((way) => {
    const edgePx = largestEdge(minEdgePx, maxEdgePx, (px) =>
      [0, px].some((wholePx) => fits(way, { edgePx: px, wholePx })),
    )
    // On the CPU strips are as fast: a decoder for some sizes only would be kept for nothing.
    const leastPx = device === 'cpu' ? edgePx : minEdgePx
    return { ...way, edgePx, wholePx: largestEdge(leastPx, edgePx, (wholePx) => fits(way, { edgePx, wholePx })) }
  })
  const largest = plans.reduce((a, b) => (b.edgePx > a.edgePx ? b : a))
  if (largest.edgePx === 0) throw tooSmall(needs, ways)
  const { textEncoder, edgePx } = largest
  const asLarge = plans.filter((plan) => plan.textEncoder === textEncoder && plan.edgePx === edgePx)
  // Captions are computed together only where pictures of the usual size are decoded whole all the same.
  const { together, wholePx } =
    asLarge.find((plan) => plan.wholePx ** 2 >= profile.widthPx * profile.heightPx) ?? largest
  const { deviceBytes, hostBytes } = needAt(needs, { textEncoder, together }, { edgePx, wholePx })
  const inStrips = wholePx < edgePx
  return {
    textEncoder,
    together,
    decoding: { wholePixels: inStrips ? wholePx ** 2 : Number.POSITIVE_INFINITY, stripPixels: STRIP_PIXELS[device] },
    note: {
      edgePx,
      deviceBytes,
      freeBytes: deviceMemory?.freeBytes,
      totalBytes: deviceMemory?.totalBytes,
      hostBytes: device === 'cpu' ? undefined : hostBytes,
      textEncoder,
      inStrips,
      wholePx: inStrips && wholePx > 0 ? wholePx : undefined,
    },
  }
}

/** What pictures of up to such edges take at their peak, weights and all. */
function needAt(
  needs: MemoryNeeds,
  { textEncoder, together }: Way,
  { edgePx, wholePx }: Edges,
): { deviceBytes: number; hostBytes: number } {
  const { config, device, weightBytes, attention } = needs
  const encoder = weightBytes.textEncoder + textActivationBytes(needs)
  const whole = wholePx > 0 ? wholeBytes(config.vae, wholePx, attention) : NOTHING
  const strips = wholePx < edgePx ? stripBytes(config.vae, edgePx, STRIP_PIXELS[device], attention) : NOTHING
  const vaeHostBytes = Math.max(whole.hostBytes, strips.hostBytes)
  const kept = weightBytes.transformer + (wholePx > 0 ? weightBytes.vae : 0)
  // Sums: a session that stays loaded keeps what it once took (the runtime's arena), so none has what another left.
  const drawing =
    denoiserActivationBytes(needs, together, edgePx) +
    whole.deviceBytes +
    strips.deviceBytes +
    (device === 'cpu' ? vaeHostBytes : 0)
  const deviceBytes = {
    resident: kept + encoder + drawing,
    released: kept + Math.max(encoder, drawing),
    cpu: kept + drawing,
  }[textEncoder]
  const hostBytes = device === 'cpu' ? deviceBytes : vaeHostBytes + (textEncoder === 'cpu' ? encoder : 0)
  return { deviceBytes, hostBytes }
}

/** What the denoiser has at once beside its weights, at the longest prompt. */
function denoiserActivationBytes(
  { device, config, profile, attention, products }: MemoryNeeds,
  captions: number,
  edgePx: number,
): number {
  const { dim } = config.transformer
  const image = padded(Math.ceil(edgePx / pictureLimits(config).patchPx) ** 2)
  const tokens = image + padded(profile.maxTokens)
  const hidden = feedForwardSize(config.transformer)
  const inAttention = ROWS_IN_ATTENTION * dim * FLOAT_BYTES.float32
  const inFeedForward = ROWS_IN_FEED_FORWARD * dim * FLOAT_BYTES.float32 + 3 * hidden * FLOAT_BYTES[products]
  const scores = attention === 'decomposed' ? 2 * HEADS_AT_A_TIME * captions * tokens ** 2 * FLOAT_BYTES.float32 : 0
  return tokens * captions * Math.max(inAttention, inFeedForward) * GAPS[device] + scores
}

function textActivationBytes({ config, profile }: MemoryNeeds): number {
  const { hidden_size, intermediate_size, num_attention_heads, head_dim } = config.textEncoder
  const row = Math.max(3 * intermediate_size, 6 * num_attention_heads * head_dim) + 3 * hidden_size
  return profile.maxTokens * (row + 2 * num_attention_heads * profile.maxTokens) * FLOAT_BYTES.float32
}

function tooSmall(needs: MemoryNeeds, ways: readonly Way[]): EngineError {
  const { model, device, profile, deviceMemory, hostMemory } = needs
  const all = ways.map((way) => needAt(needs, way, { edgePx: profile.minEdgePx, wholePx: 0 }))
  const least = all.reduce((a, b) => (b.deviceBytes < a.deviceBytes ? b : a))
  const needed = (bytes: number) => amount(bytes / USABLE_SHARE, Math.ceil)
  const free = ({ freeBytes }: DeviceMemory) => amount(freeBytes, Math.floor)
  const host = device === 'cpu' ? '' : ` and ${needed(least.hostBytes)} on the host`
  const found = `${deviceMemory ? free(deviceMemory) : 'an unknown amount'}${host && ` and ${free(hostMemory)}`}`
  return new EngineError(
    'out-of-memory',
    `${model} on ${device}: expected ${needed(least.deviceBytes)} of free memory${host} for ${profile.minEdgePx}×${profile.minEdgePx}, found ${found}; \`npm start -- models prepare\` makes it smaller`,
    {
      situation: {
        kind: 'no-memory',
        model,
        device,
        edgePx: profile.minEdgePx,
        needBytes: least.deviceBytes / USABLE_SHARE,
        freeBytes: deviceMemory?.freeBytes,
        host:
          device === 'cpu' ? undefined : { needBytes: least.hostBytes / USABLE_SHARE, freeBytes: hostMemory.freeBytes },
      },
    },
  )
}

/** What is needed is rounded up and what is free down: a shortage shows, however small. */
function amount(bytes: number, round: (value: number) => number): string {
  return bytes < 1e9 ? `${round(bytes / 1e6)} MB` : `${(round(bytes / 1e8) / 10).toFixed(1)} GB`
}
