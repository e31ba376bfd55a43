import type { Tensor } from 'onnxruntime-node'
import { cancellationPoint } from './cancellation-point.ts'
import type { VaeConfig } from './checkpoint/config.ts'
import type { TensorIndex } from './checkpoint/found.ts'
import {
  append,
  cut,
  emptyMap,
  type FeatureMap,
  type Floats,
  free,
  groupStatistics,
  join,
  rowOf,
  rowsOf,
} from './feature-map.ts'
import type { Graph } from './graph/builder.ts'
import type { Kernels } from './graph/kernels.ts'
import {
  buildAttention,
  buildAttentionSumStrip,
  buildConvStrip,
  buildProjectionStrip,
  type ConvStep,
} from './graph/vae-strip.ts'
import type { LatentShape } from './patches.ts'
import { createSession, floats, integers, type Session, type SessionOptions } from './session.ts'
import { latentRows, maxScores } from './vae-plan.ts'

/** What all steps of one picture share. */
interface StripDecoding {
  readonly config: VaeConfig
  readonly weights: TensorIndex
  readonly kernels: Kernels
  readonly options: SessionOptions
  readonly maxPixels: number
  readonly signal: AbortSignal | undefined
}

/**
 * The decoder of graph/vae.ts, step by step and strip by strip. Every strip of a map is made before the next step, because a
 * GroupNorm needs the whole map's mean and variance. Of a map only what is still to be read is kept: at most two maps of the
 * picture's own size exist at a time.
 *
 * `latents` [channels, height, width], scaled and shifted → image [3, height, width]. Throws an `EngineError`.
 */
export async function decodeInStrips(d: StripDecoding, latents: Float32Array, shape: LatentShape): Promise<Floats> {
  const { config } = d
  const { latent_channels } = config
  const channels = config.block_out_channels.toReversed() // from the latent outwards
  const deepest = channels[0] as number
  let x = cut(latents, shape, latentRows(config, shape, d.maxPixels))

  if (config.use_post_quant_conv)
    x = await convolve(d, x, { name: 'post_quant_conv', from: latent_channels, to: latent_channels, kernel: 1 })
  x = await convolve(d, x, { name: 'decoder.conv_in', from: latent_channels, to: deepest, kernel: 3 })
  x = await resnet(d, x, 'decoder.mid_block.resnets.0', deepest)
  if (config.mid_block_add_attention) x = await attend(d, x, 'decoder.mid_block.attentions.0')
  x = await resnet(d, x, 'decoder.mid_block.resnets.1', deepest)

  for (const [i, to] of channels.entries()) {
    const name = `decoder.up_blocks.${i}`
    for (let j = 0; j <= config.layers_per_block; j++) x = await resnet(d, x, `${name}.resnets.${j}`, to)
    if (i < channels.length - 1)
      x = await convolve(d, x, { name: `${name}.upsamplers.0.conv`, from: to, to, kernel: 3, upsample: true })
  }

  const step = { name: 'decoder.conv_out', norm: 'decoder.conv_norm_out', kernel: 3 } as const
  return join(await convolve(d, x, { ...step, from: x.channels, to: config.out_channels }))
}

/** x + conv(silu(norm(conv(silu(norm(x)))))). Consumes `x`. */
async function resnet(d: StripDecoding, x: FeatureMap, name: string, to: number): Promise<FeatureMap> {
  const from = x.channels
  const first: ConvStep = { name: `${name}.conv1`, norm: `${name}.norm1`, from, to, kernel: 3 }
  const second: ConvStep = { name: `${name}.conv2`, norm: `${name}.norm2`, from: to, to, kernel: 3, adds: true }
  if (from === to) return convolve(d, await convolve(d, x, first, { keep: true }), second, { onto: x })
  const side: FeatureMap = emptyMap(to, x.width)
  const h = await convolve(d, x, { ...first, shortcut: `${name}.conv_shortcut` }, { side })
  return convolve(d, h, second, { onto: side })
}

/**
 * Computes a step on every strip of `x`. Consumes `x` unless it is to be kept, and `onto`, the map that the result is added
 * to; fills `side` with the step's shortcut.
 */
async function convolve(
  d: StripDecoding,
  x: FeatureMap,
  step: ConvStep,
  { keep = false, onto, side }: { keep?: boolean; onto?: FeatureMap; side?: FeatureMap } = {},
): Promise<FeatureMap> {
  const { channels, width } = x
  const y = emptyMap(step.to, step.upsample ? width * 2 : width)
  const norm = step.norm ? normOf(x, d.config.norm_num_groups) : {}
  await withSession(d, buildConvStrip(d.weights, step), async (run) => {
    let above = new Float32Array(channels * width)
    for (const [i, strip] of x.strips.entries()) {
      const rows = rowsOf(x, strip)
      const inputs: Record<string, Tensor> = { ...norm, x: floats(strip, 1, channels, rows, width) }
      if (step.kernel === 3) {
        const next = x.strips[i + 1]
        const below = next ? rowOf(x, next, 0) : new Float32Array(channels * width)
        inputs.above = floats(above, 1, channels, 1, width)
        inputs.below = floats(below, 1, channels, 1, width)
        above = rowOf(x, strip, rows - 1)
        if (step.norm) inputs.inside = insideFlags(rows, i > 0, next !== undefined)
      }
      if (onto) inputs.onto = floats(onto.strips[i] as Floats, 1, step.to, rows, width)
      const made = await run(inputs)
      append(y, made)
      if (side) side.strips.push(made.side as Floats)
      if (onto) free(onto.strips[i] as Floats)
      if (!keep) free(strip)
    }
  })
  return y
}

/** x + attention between all pixels of the deepest level, some tokens (a token is a pixel) at a time. Consumes `x`. */
async function attend(d: StripDecoding, x: FeatureMap, name: string): Promise<FeatureMap> {
  const { channels, width } = x
  const size = x.strips.reduce((sum, strip) => sum + strip.length, 0)
  const all = { q: new Float32Array(size), k: new Float32Array(size), v: new Float32Array(size) } // [tokens, channels]
  const norm = normOf(x, d.config.norm_num_groups)
  await withSession(d, buildProjectionStrip(d.weights, name, channels), async (run) => {
    let done = 0
    for (const strip of x.strips) {
      const made = await run({ ...norm, x: floats(strip, 1, channels, rowsOf(x, strip), width) })
      for (const part of ['q', 'k', 'v'] as const) all[part].set(made[part] as Floats, done)
      done += strip.length
    }
  })

  const tokens = size / channels
  const k = floats(all.k, 1, tokens, channels)
  const v = floats(all.v, 1, tokens, channels)
  const atATime = Math.max(1, Math.floor(maxScores(d.config, d.maxPixels) / tokens))
  await withSession(d, buildAttention(d.weights, name, channels, d.kernels), async (run) => {
    for (let first = 0; first < tokens; first += atATime) {
      const q = all.q.subarray(first * channels, (first + atATime) * channels)
      const { mixed } = await run({ q: floats(q, 1, q.length / channels, channels), k, v })
      q.set(mixed as Floats) // nobody reads these queries again
    }
  })

  const y = emptyMap(channels, width)
  await withSession(d, buildAttentionSumStrip(channels), async (run) => {
    let done = 0
    for (const strip of x.strips) {
      const rows = rowsOf(x, strip)
      const mixed = all.q.subarray(done, done + strip.length)
      const made = await run({
        x: floats(strip, 1, channels, rows, width),
        mixed: floats(mixed, rows * width, channels),
        grid: integers([1, channels, rows, width], 4),
      })
      append(y, made)
      done += strip.length
      free(strip)
    }
  })
  return y
}

/**
 * A session lives as long as its step: each has an arena of device memory that it keeps, and all of them together would hold
 * more than the whole decoder does.
 */
async function withSession(d: StripDecoding, graph: Graph, work: (run: Session['runAll']) => Promise<void>) {
  await using session = await createSession(graph, d.options)
  await work(async (inputs) => {
    await cancellationPoint(d.signal)
    return session.runAll(inputs)
  })
}

function normOf(map: FeatureMap, groups: number): { mean: Tensor; variance: Tensor } {
  const { mean, variance } = groupStatistics(map, groups)
  return { mean: floats(mean, map.channels, 1, 1), variance: floats(variance, map.channels, 1, 1) }
}

/** 1 for each row of the picture, 0 for one beyond it. [rows + 2, 1] */
function insideFlags(rows: number, hasAbove: boolean, hasBelow: boolean): Tensor {
  const flags = new Float32Array(rows + 2).fill(1)
  flags[0] = Number(hasAbove)
  flags[rows + 1] = Number(hasBelow)
  return floats(flags, rows + 2, 1)
}
