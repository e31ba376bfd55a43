/**
 * How much `vary` widens the difference between seeds on the default model, and from where on the subject is lost.
 * Prints a table, writes bench/results/vary.json.
 *
 * Diversity: mean distance of two seeds' pictures of a prompt (root mean square of 8-bit differences at 32×32). Kept: the
 * share of pictures that are nearer to their own prompt's plain pictures than to any other prompt's.
 */
import { join } from 'node:path'
import sharp from 'sharp'
import { createEngine } from '../engine/client.ts'
import { squaredDistance } from './psnr.ts'
import { writeResults } from './results.ts'
import { workload } from './workload.ts'

const PROMPTS = [
  'a slice of pizza', 'a red heart', 'a cute cat', 'a rocket', 'a birthday cake', 'a red apple', 'a car', 'a tree',
  'a guitar', 'a crown', 'a burger', 'a soccer ball', 'an octopus', 'a rose', 'a yellow star', 'a house',
] // biome-ignore format: a list
const SEEDS = 5
const STRENGTHS = [0, 10, 20, 30, 40, 50, 60, 80, 100]
const THUMBNAIL_PX = 32

const engine = createEngine({ model: join(import.meta.dirname, '..', 'models', 'default'), device: 'cpu' })
const { profile } = await engine.ready
const plain = await drawAll(0)
const centres = plain.map(mean)
const rows = []
for (const vary of STRENGTHS) {
  const drawn = vary === 0 ? plain : await drawAll(vary)
  const kept = drawn.flatMap((pictures, prompt) => pictures.map((picture) => nearest(picture, centres) === prompt))
  rows.push({ vary, diversity: average(drawn.map(spread)), kept: kept.filter(Boolean).length / kept.length })
  console.log(JSON.stringify(rows.at(-1)))
}
await engine.close()
console.table(
  rows.map(({ vary, diversity, kept }) => ({
    vary,
    diversity: diversity.toFixed(1),
    kept: `${(kept * 100).toFixed(0)} %`,
  })),
)
await writeResults('vary', rows)

/** [prompt][seed] → thumbnail. */
async function drawAll(vary: number): Promise<Uint8Array[][]> {
  const all: Uint8Array[][] = []
  for (const prompt of PROMPTS) {
    const pictures = await engine.generate({ ...workload(profile, 1), prompt, count: SEEDS, vary })
    all.push(await Promise.all(pictures.map(({ pixels }) => thumbnail(pixels))))
  }
  return all
}

async function thumbnail(pixels: Uint8Array): Promise<Uint8Array> {
  const raw = { width: profile.widthPx, height: profile.heightPx, channels: 3 } as const
  return sharp(pixels, { raw }).resize(THUMBNAIL_PX, THUMBNAIL_PX).raw().toBuffer()
}

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.sqrt(squaredDistance(a, b) / a.length)
}

/** Mean distance of all pairs. */
function spread(pictures: readonly Uint8Array[]): number {
  return average(pictures.flatMap((a, i) => pictures.slice(i + 1).map((b) => distance(a, b))))
}

function mean(pictures: readonly Uint8Array[]): Float64Array {
  const [first] = pictures as readonly [Uint8Array]
  return Float64Array.from(first, (_, i) => average(pictures.map((picture) => picture[i] as number)))
}

function nearest(picture: Uint8Array, centres: readonly Float64Array[]): number {
  const distances = centres.map((centre) => distance(picture, centre))
  return distances.indexOf(Math.min(...distances))
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
