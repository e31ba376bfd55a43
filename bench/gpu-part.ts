/**
 * One part of bench/gpu.ts in a process of its own, so that a crash, or memory that is not given back, is that part's alone.
 * Takes a part's name and its options as JSON, prints what it has measured so far as lines of JSON: the last one is all of it.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isPreparedFrom, prepareModel } from '../engine/checkpoint/prepare.ts'
import type { Precision } from '../engine/checkpoint/treatment.ts'
import { createEngine } from '../engine/client.ts'
import type { Device, ImageRequest } from '../engine/engine.ts'
import type { FloatType } from '../engine/graph/kernels.ts'
import { randn } from '../engine/noise.ts'
import { decode, denoise, readPrompt, toPixels } from '../engine/pipeline.ts'
import { createSession } from '../engine/session.ts'
import { loadStages } from '../engine/stages.ts'
import { type CaseReport, verifyCase } from '../engine/verify-case.ts'
import { matrixProducts } from './matmul.ts'
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

export interface PreparedReport extends CaseReport {
  readonly precision: keyof typeof PREPARED_BARS | 'as it is'
}

const PROMPT = 'a red fox in the snow, morning light, photograph'
const REFERENCE = join(import.meta.dirname, '..', 'test', 'reference')
const TINY = join(REFERENCE, 'checkpoints', 'tiny-released-layout')
/**
 * How far the small checkpoint may be from the float32 reference once it is prepared, in each stage: some two to ten times as far
 * as rounded weights alone take it (on the CPU), for in half types the products err too.
 */
const PREPARED_BARS = { bfloat16: 0.02, float16: 5e-3, int8: 0.04, int4: 0.25 } as const

const parts = {
  async write({ folder, layers }: { folder: string; layers?: number }) {
    // The text encoder's last layer is not used.
    await writeRandomCheckpoint(folder, layers === undefined ? {} : { layers, textLayers: Math.max(layers, 2) })
    tell({})
  },

  async prepare({ source, target, precision }: { source: string; target: string; precision: Precision }) {
    if (!(await isPreparedFrom(source, target))) await prepareModel({ source, target, precision })
    tell({})
  },

  /** The small reference cases on a device, as released and prepared, against what diffusers computed. */
  async cases({ device, names }: { device: Device; names: readonly string[] }) {
    const reports: PreparedReport[] = []
    const folder = await mkdtemp(join(tmpdir(), 'zimagine-cases-'))
    const verify = async (model: string, precision: PreparedReport['precision']) => {
      const stages = await loadStages(model, { device })
      for (const name of names) {
        const report = await verifyCase(
          stages,
          device,
          join(REFERENCE, 'cases', 'tiny-released-layout', `${name}.json`),
        )
        reports.push({ ...report, precision, ok: precision === 'as it is' ? report.ok : isNear(report, precision) })
      }
      await stages.release()
    }
    try {
      for (const precision of ['as it is', 'bfloat16', 'float16', 'int8', 'int4'] as const) {
        const target = join(folder, precision)
        try {
          if (precision !== 'as it is') await prepareModel({ source: TINY, target, precision })
          await verify(precision === 'as it is' ? TINY : target, precision)
        } catch (error) {
          reports.push({ precision, case: 'all cases', ok: false, error: String(error) })
        }
        tell({ reports })
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  },

  /** Text encoder with context refiner, denoiser and VAE apart, in seconds; medians, warm. */
  async stages({ device, model, sizePx, steps, runs }: Work) {
    const [stages, loadSeconds] = await timed(() => loadStages(model, { device }))
    const { attention, plan, checkpoint } = stages
    let row: object = { engine: { attention, memory: plan.note }, loadSeconds }
    /** Measured and told, so that what fails behind it does not take it along. */
    const measure = async <T>(name: string, work: (run: number) => Promise<T>): Promise<T> => {
      // The first time is for warming up.
      let [result] = await timed(() => work(0))
      const seconds: number[] = []
      for (let run = 1; run <= runs; run++) {
        const [latest, took] = await timed(() => work(run))
        result = latest
        seconds.push(took)
      }
      row = { ...row, [name]: median(seconds) }
      tell(row)
      return result
    }
    tell(row)
    // Another prompt each time: what is remembered of one must not count.
    const caption = await measure('promptSeconds', (run) => readPrompt(stages, `${PROMPT} ${run}`))
    const captions = { early: caption, positive: caption, negative: undefined }
    const shape = stages.latentShape(sizePx, sizePx)
    const noise = randn(shape.channels * shape.height * shape.width, 0)
    const captionTokens = caption.context.tokens
    const imageTokens = stages.layOut(shape, captionTokens).rows
    row = { ...row, tflop: steps * tflopOfEvaluation(checkpoint.config.transformer, imageTokens, captionTokens) }
    const latent = await measure('denoiserSeconds', (run) =>
      // Shapes do not change between steps: one warms up.
      denoise(stages, { steps: run === 0 ? 1 : steps, guidance: 0 }, shape, captions, noise),
    )
    await measure('vaeSeconds', async () => toPixels(await decode(stages, latent, shape), sizePx, sizePx))
    await stages.release()
  },

  /** One job right after another through the engine's thread: how much of the time it neither draws nor decodes. */
  async queue({ device, model, sizePx, steps, runs }: Work) {
    const engine = createEngine({ model, device })
    const request = (seed: number): ImageRequest => ({
      // The same each time, and remembered: the engine's own clock begins after it was read.
      prompt: PROMPT,
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
    tell({ secondsPerPicture: seconds / runs, idle: Math.max(0, 1 - computeSeconds / seconds) })
    await engine.close()
  },

  /** TFLOP/s of large matrix products in the runtime itself. */
  async matmul({ device, type, size, chain }: { device: Device; type: FloatType; size: number; chain: number }) {
    const { graph, inputs } = matrixProducts(type, size, chain)
    const session = await createSession(graph, { device })
    const seconds: number[] = []
    for (let run = 0; run < 4; run++) seconds.push((await timed(() => session.run(inputs)))[1])
    tell({ tflopPerSecond: (chain * 2 * size ** 3) / 1e12 / median(seconds.slice(1)) })
    await session.release()
  },
}

export type PartName = keyof typeof parts

function isNear(report: CaseReport, precision: keyof typeof PREPARED_BARS): boolean {
  const errors = [report.embeds, report.transformer, report.latents]
  return report.ids === true && errors.every((error) => error !== undefined && error <= PREPARED_BARS[precision])
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const started = performance.now()
  const result = await work()
  return [result, since(started)]
}

function since(started: number): number {
  return (performance.now() - started) / 1000
}

function tell(result: object): void {
  console.log(JSON.stringify({ ...result, hostPeakMb: process.resourceUsage().maxRSS / 1024 }))
}

if (import.meta.main) {
  const [name, options] = process.argv.slice(2) as [PartName, string]
  await parts[name](JSON.parse(options) as never)
}
