/**
 * What decoding in strips saves and costs: memory at its peak (beside the estimate that the engine plans with) and time, of
 * the released VAE's size with random weights, on the CPU, each in a process of its own. Checks that the pictures are equal.
 * `npm run bench:vae`, on Linux. Exit status 1 where a pixel differs by more than 1/255.
 */
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { parseConfig } from '../engine/checkpoint/config.ts'
import { readJsonFile } from '../engine/checkpoint/json-file.ts'
import { stripBytes, wholeBytes } from '../engine/vae-plan.ts'
import { runFile } from './json-process.ts'
import { createWeightWriter, type RandomTensor } from './random-weights.ts'

const OFFICIAL = join(import.meta.dirname, '..', 'test', 'reference', 'official', 'vae')

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '256,512' },
    strips: { type: 'string', default: '262144,65536,16384' },
  },
})

const folder = await mkdtemp(join(tmpdir(), 'zimagine-vae-'))
try {
  await writeVae()
  const path = join(folder, 'config.json')
  const config = parseConfig('vae', await readJsonFile(path), path)
  const rows = []
  for (const sizePx of options.sizes.split(',').map(Number)) {
    const whole = await decode(sizePx, 'whole')
    rows.push(row(sizePx, undefined, whole, 0))
    for (const maxPixels of options.strips.split(',').map(Number)) {
      if (maxPixels > sizePx ** 2) continue
      const strips = await decode(sizePx, String(maxPixels))
      rows.push(row(sizePx, maxPixels, strips, largestDifference(strips.image, whole.image)))
    }
  }
  console.table(rows)
  if (rows.some(({ difference }) => difference > 2 / 255)) process.exitCode = 1 // the image goes from −1 to 1

  function row(sizePx: number, maxPixels: number | undefined, { seconds, before, peak }: Decoded, difference: number) {
    const { deviceBytes, hostBytes } = maxPixels ? stripBytes(config, sizePx, maxPixels) : wholeBytes(config, sizePx)
    const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20)
    return {
      size: `${sizePx}×${sizePx}`,
      how: maxPixels ? `strips of ${maxPixels}` : 'whole',
      loadedMb: megabytes(before),
      decodingMb: megabytes(peak - before),
      estimateMb: megabytes(deviceBytes + hostBytes),
      seconds: Number(seconds.toFixed(1)),
      difference,
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

interface Decoded {
  readonly seconds: number
  /** Resident memory when ready to decode, and at its peak. */
  readonly before: number
  readonly peak: number
  readonly image: Float32Array
}

/** Writes the released VAE's decoder with random weights: its config, its tensors' names, types and shapes. */
async function writeVae(): Promise<void> {
  const { tensors } = JSON.parse(await readFile(join(OFFICIAL, 'tensors.json'), 'utf8')) as {
    tensors: Record<string, Omit<RandomTensor, 'name'>>
  }
  const decoder = Object.entries(tensors)
    .filter(([name]) => name.startsWith('decoder.'))
    .map(([name, { dtype, shape }]) => ({ name, dtype, shape }))
  await copyFile(join(OFFICIAL, 'config.json'), join(folder, 'config.json'))
  await createWeightWriter(0).write(join(folder, 'diffusion_pytorch_model.safetensors'), decoder, () => {})
}

async function decode(sizePx: number, how: string): Promise<Decoded> {
  const output = join(folder, 'image')
  const measured = await runFile<Omit<Decoded, 'image'>>('vae-once.ts', folder, `${sizePx}`, how, output)
  const { buffer } = new Uint8Array(await readFile(output))
  return { ...measured, image: new Float32Array(buffer) }
}

function largestDifference(actual: Float32Array, expected: Float32Array): number {
  return expected.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (actual[i] as number))), 0)
}
