import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readCheckpointConfig } from '../engine/checkpoint/config.ts'
import { sigmas } from '../engine/schedule.ts'
import { intervals, lastWords, type Rival } from './rival.ts'
import type { SingleFiles } from './single-files.ts'

/** Names of ggml's block types with about 4 and 8 bits a weight. */
type BlockType = 'q4_0' | 'q8_0'

/** Packs the transformer ahead of time, as its users do: from the file of `SingleFiles`. */
export async function packForStableDiffusion(binary: string, from: string, to: string, type: BlockType): Promise<void> {
  await promisify(execFile)(binary, ['-M', 'convert', '-m', from, '-o', to, '--type', type], { maxBuffer: 2 ** 30 })
}

// Of its log: the picture is begun, a step is done (loading has a bar too, in MB/s), the picture is drawn.
const BEGUN = /generate_image \d+x\d+/
const STEP = /\| \d+\/\d+ - [\d.]+(?:s\/it|it\/s)/g
const DRAWN = /generate_image completed in/

/**
 * stable-diffusion.cpp's `sd-cli`, which draws one picture a process. It has the number of blocks built in; with
 * bench/stable-diffusion-layers.patch it takes the checkpoint's. Steps are timed by its progress bar, a picture from the end of loading.
 */
export async function startStableDiffusion(
  binary: string,
  checkpoint: string,
  files: SingleFiles,
  threads: number,
): Promise<Rival> {
  const { transformer, textEncoder, scheduler } = await readCheckpointConfig(checkpoint)
  let peakMemoryMb = Number.NaN
  return {
    async draw(request, { picture, stepsOnly } = {}) {
      const values = {
        '--diffusion-model': files.diffusionModel,
        '--llm': files.textEncoder,
        '--vae': files.vae,
        '-p': request.prompt,
        '-W': request.widthPx,
        '-H': request.heightPx,
        '--steps': request.steps,
        // diffusers' noise levels and noise; 1 is its word for no guidance.
        '--sigmas': sigmas(request.steps, scheduler.shift).join(','),
        '--rng': 'cpu',
        '--cfg-scale': 1 + request.guidance,
        '-s': request.seed,
        '-t': threads,
        '-o': picture ?? join(tmpdir(), 'stable-diffusion.png'),
      }
      const child = spawn(binary, Object.entries(values).flat().map(String), {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          Z_IMAGE_LAYERS: String(transformer.n_layers),
          Z_IMAGE_TEXT_LAYERS: String(textEncoder.num_hidden_layers),
        },
      })
      const complaint = lastWords(child)
      const moments: number[] = []
      let [output, begun, drawn] = ['', Number.NaN, Number.NaN]
      child.stdout.setEncoding('utf8').on('data', async (chunk) => {
        const now = performance.now()
        output += chunk
        if (Number.isNaN(begun) && BEGUN.test(output)) begun = now
        const steps = output.match(STEP)?.length ?? 0
        if (steps > moments.length) moments.push(now)
        if (Number.isNaN(drawn) && DRAWN.test(output)) drawn = now
        peakMemoryMb = (await peakMemoryOf(child.pid!)) ?? peakMemoryMb
        if (stepsOnly && steps === request.steps) child.kill()
      })
      await once(child, 'close')
      if (moments.length < request.steps || (!stepsOnly && Number.isNaN(drawn)))
        throw new Error(`${binary} stopped: ${complaint()}${output.slice(-2000)}`)
      return { seconds: ((stepsOnly ? moments.at(-1)! : drawn) - begun) / 1000, stepSeconds: intervals(moments) }
    },
    async close() {
      return peakMemoryMb
    },
  }
}

/** In megabytes; nothing when the process has ended, or the system is not Linux. */
async function peakMemoryOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(status) ?? []
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
}
