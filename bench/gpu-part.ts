/**
 * One part of bench/gpu.ts in a process of its own, so that a crash, or memory that is not given back, is that part's alone.
 * Takes a part's name and its options as JSON, prints what it measured as one line of JSON.
 */
import { join } from 'node:path'
import { prepareModel } from '../engine/checkpoint/prepare.ts'
import type { Precision } from '../engine/checkpoint/recipe.ts'
import { createEngine } from '../engine/client.ts'
import type { Device, ImageRequest } from '../engine/engine.ts'
import { GraphBuilder } from '../engine/graph/builder.ts'
import type { FloatType } from '../engine/graph/kernels.ts'
import { randn } from '../engine/noise.ts'
import { decode, denoise, readPrompt, toPixels } from '../engine/pipeline.ts'
import { createSession, floats } from '../engine/session.ts'
import { loadStages } from '../engine/stages.ts'
import { verifyCase } from '../engine/verify-case.ts'
import { writeRandomCheckpoint } from './random-checkpoint.ts'
import { tflopOfEvaluation } from './tflop.ts'
import { median } from './workload.ts'

export interface Work {
  readonly device: Device
  readonly model: string
  readonly sizePx: number
  readonly steps: number
  readonly runs: number
}

const PROMPT = 'a red fox in the snow, morning light, photograph'
const REFERENCE = join(import.meta.dirname, '..', 'test', 'reference')
const TINY = join(REFERENCE, 'checkpoints', 'tiny-released-layout')

const parts = {
  async write({ folder, layers }: { folder: string; layers?: number }) {
    await writeRandomCheckpoint(folder, layers === undefined ? {} : { layers, textLayers: layers })
    return {}
  },

  async prepare({ source, target, precision }: { source: string; target: string; precision: Precision }) {
    await prepareModel({ source, target, precision })
    return {}
  },

  /** The small reference cases on a device, against what diffusers computed. */
  async cases({ device, names }: { device: Device; names: readonly string[] }) {
    const stages = await loadStages(TINY, { device })
    const reports = []
    for (const name of names)
      reports.push(await verifyCase(stages, device, join(REFERENCE, 'cases', 'tiny-released-layout', `${name}.json`)))
    await stages.release()
    return { reports }
  },

  /** Text encoder with context refiner, denoiser and VAE apart, in seconds; medians, warm. */
  async stages({ device, model, sizePx, steps, runs }: Work) {
    const started = performance.now()
    const stages = await loadStages(model, { device })
    const loadSeconds = since(started)
    const shape = stages.latentShape(sizePx, sizePx)
    const noise = randn(shape.channels * shape.height * shape.width, 0)
    const sampling = { steps, guidance: 0 }
    const prompt: number[] = []
    const denoiser: number[] = []
    const vae: number[] = []
    let captionTokens = 0
    for (let run = 0; run <= runs; run++) {
      // Another prompt each time: what is remembered of one must not count.
      const [caption, promptSeconds] = await timed(() => readPrompt(stages, `${PROMPT} ${run}`))
      const captions = { early: caption, positive: caption, negative: undefined }
      // The first time is for warming up, and shapes do not change between steps.
      const warmUp = { ...sampling, steps: run === 0 ? 1 : steps }
      const [latent, denoiserSeconds] = await timed(() => denoise(stages, warmUp, shape, captions, noise, {}))
      const [, vaeSeconds] = await timed(async () => toPixels(await decode(stages, latent, shape), sizePx, sizePx))
      captionTokens = caption.context.tokens
      if (run === 0) continue
      prompt.push(promptSeconds)
      denoiser.push(denoiserSeconds)
      vae.push(vaeSeconds)
    }
    const { transformer } = stages.checkpoint.config
    const imageTokens = stages.layOut(shape, captionTokens).rows
    await stages.release()
    return {
      loadSeconds,
      promptSeconds: median(prompt),
      denoiserSeconds: median(denoiser),
      vaeSeconds: median(vae),
      tflop: steps * tflopOfEvaluation(transformer, imageTokens, captionTokens),
    }
  },

  /** One job right after another through the engine's thread: how much of the time it neither reads, draws nor decodes. */
  async queue({ device, model, sizePx, steps, runs }: Work) {
    const engine = createEngine({ model, device })
    const request = (seed: number): ImageRequest => ({
      prompt: `${PROMPT} ${seed}`,
      widthPx: sizePx,
      heightPx: sizePx,
      steps,
      guidance: 0,
      seed,
    })
    await engine.generate(request(0))
    const started = performance.now()
    let computeSeconds = 0
    for (let seed = 1; seed <= runs; seed++)
      for (const { computeMs } of await engine.generate(request(seed))) computeSeconds += computeMs / 1000
    const seconds = since(started)
    await engine.close()
    return { secondsPerPicture: seconds / runs, computeSeconds: computeSeconds / runs }
  },

  /** TFLOP/s of large matrix products in the runtime itself. */
  async matmul({ device, type, size, chain }: { device: Device; type: FloatType; size: number; chain: number }) {
    const g = new GraphBuilder('matmul', new Map())
    // Only vectors go to the device; the matrix is made there.
    const column = g.cast(g.input('column', 'float32', [size, 1]), type)
    const row = g.cast(g.input('row', 'float32', [1, size]), type)
    const matrix = g.op('MatMul', [column, row])
    let product = matrix
    for (let i = 0; i < chain; i++) product = g.op('MatMul', [product, matrix])
    g.output('y', g.cast(g.op('MatMul', [row, product]), 'float32'), [1, size])
    const session = await createSession(g.finish(), { device })
    const data = new Float32Array(size).fill(1 / Math.sqrt(size))
    const inputs = { column: floats(data, size, 1), row: floats(data, 1, size) }
    const seconds: number[] = []
    for (let run = 0; run < 4; run++) seconds.push((await timed(() => session.run(inputs)))[1])
    await session.release()
    return { tflopPerSecond: (chain * 2 * size ** 3) / 1e12 / median(seconds.slice(1)) }
  },
}

export type PartName = keyof typeof parts

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const started = performance.now()
  const result = await work()
  return [result, since(started)]
}

function since(started: number): number {
  return (performance.now() - started) / 1000
}

if (import.meta.main) {
  const [name, options] = process.argv.slice(2) as [PartName, string]
  const result = await parts[name](JSON.parse(options) as never)
  console.log(JSON.stringify({ ...result, hostPeakMb: process.resourceUsage().maxRSS / 1024 }))
}
