/**
 * What each precision costs in quality. Prepares the tiny reference checkpoint and the default model in every precision, and
 * measures: the error of each stage on the reference cases, the PSNR of pictures against those of the model as it is, and
 * how many of them are recognised. Prints two tables in Markdown, writes bench/results/quality.json.
 *
 * Recognised: the picture's nearest neighbour (root mean square at 32×32) among all pictures of Fluent Emoji 3D is the one
 * that was asked for. The pictures come from two packages, once: npm install --no-save --prefix .emoji
 * @lobehub/fluent-emoji-3d@1.1.0 emojibase-data@17
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { prepareModel } from '../engine/checkpoint/prepare.ts'
import { PRECISIONS } from '../engine/checkpoint/treatment.ts'
import { createEngine } from '../engine/client.ts'
import type { Device } from '../engine/engine.ts'
import { loadStages } from '../engine/stages.ts'
import { type CaseReport, verifyCase } from '../engine/verify-case.ts'
import { psnr, squaredDistance } from './psnr.ts'
import { writeResults } from './results.ts'
import { median, workload } from './workload.ts'

const ROOT = join(import.meta.dirname, '..')
const TINY = join(ROOT, 'test', 'reference', 'checkpoints', 'tiny-released-layout')
const TINY_CASES = join(ROOT, 'test', 'reference', 'cases', 'tiny-released-layout')
const DEFAULT = join(ROOT, 'models', 'default')
const THUMBNAIL_PX = 32
const GALLERY_PX = 128
// Food, animals, travel, objects: what people ask for, and what a picture at 32×32 tells apart.
const EVERYDAY_GROUPS = [3, 4, 5, 7]
const GROUP_STRIDE = 8

const { values: options } = parseArgs({
  options: {
    device: { type: 'string', default: 'cpu' },
    emoji: { type: 'string', default: '.emoji' },
  },
})
const device = options.device as Device

interface Emoji {
  readonly label: string
  readonly thumbnail: Uint8Array
}

const gallery = await readGallery(join(options.emoji, 'node_modules'))
const asked = gallery.everyday
const folder = await mkdtemp(join(tmpdir(), 'quality-'))
try {
  const plain = await draw(DEFAULT)
  const rows = [
    { precision: 'as it is', ...(await stageErrors(TINY)), psnr: Number.POSITIVE_INFINITY, ...judge(plain) },
  ]
  for (const precision of PRECISIONS) {
    const tiny = join(folder, `tiny-${precision}`)
    const small = join(folder, `default-${precision}`)
    await prepareModel({ source: TINY, target: tiny, precision })
    await prepareModel({ source: DEFAULT, target: small, precision })
    const drawn = await draw(small)
    const decibels = drawn.map((picture, i) => psnr(picture, plain[i] as Uint8Array))
    rows.push({
      precision,
      ...(await stageErrors(tiny)),
      psnr: median(decibels),
      ...judge(drawn),
    })
    console.error(JSON.stringify(rows.at(-1)))
  }
  console.log(`| precision | text encoder | transformer | latents | PSNR, median | recognised of ${asked.length} |`)
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |')
  for (const { precision, embeds, transformer, latents, psnr, recognised } of rows)
    console.log(
      `| ${precision} | ${[embeds, transformer, latents].map((x) => x.toExponential(1)).join(' | ')} | ${Number.isFinite(psnr) ? `${psnr.toFixed(1)} dB` : '—'} | ${(recognised * 100).toFixed(0)} % |`,
    )
  await writeResults('quality', rows)
} finally {
  await rm(folder, { recursive: true })
}

/** The largest relative error of each stage over all text-to-image cases. */
async function stageErrors(model: string) {
  const stages = await loadStages(model, { device })
  const reports: CaseReport[] = []
  try {
    for (const name of (await readdir(TINY_CASES)).filter((name) => name.endsWith('.json'))) {
      const path = join(TINY_CASES, name)
      const { kind = 'text-to-image' } = JSON.parse(await readFile(path, 'utf8'))
      if (kind === 'text-to-image') reports.push(await verifyCase(stages, device, path))
    }
  } finally {
    await stages.release()
  }
  const worst = (key: 'embeds' | 'transformer' | 'latents') =>
    Math.max(...reports.map((report) => report[key] as number))
  return { embeds: worst('embeds'), transformer: worst('transformer'), latents: worst('latents') }
}

async function draw(model: string): Promise<Uint8Array[]> {
  const engine = createEngine({ model, device })
  try {
    const { profile } = await engine.ready
    const drawn: Uint8Array[] = []
    for (const { label } of asked) {
      const [picture] = await engine.generate({ ...workload(profile, 1), prompt: `${article(label)} ${label}` })
      drawn.push(picture?.pixels as Uint8Array)
    }
    return drawn
  } finally {
    await engine.close()
  }
}

function judge(drawn: readonly Uint8Array[]): { recognised: number } {
  const hits = drawn.map((pixels, i) => {
    const small = shrink(pixels)
    const distances = gallery.all.map(({ thumbnail }) => squaredDistance(small, thumbnail))
    return gallery.all[distances.indexOf(Math.min(...distances))] === asked[i]
  })
  return { recognised: hits.filter(Boolean).length / hits.length }
}

/** Averages squares of pixels: [edge, edge, 3] → [32, 32, 3]. */
function shrink(pixels: Uint8Array): Uint8Array {
  const edge = Math.sqrt(pixels.length / 3)
  const factor = edge / THUMBNAIL_PX
  const sums = new Float32Array(THUMBNAIL_PX * THUMBNAIL_PX * 3)
  for (const [i, value] of pixels.entries()) {
    const x = Math.floor(i / 3) % edge
    const y = Math.floor(i / 3 / edge)
    const at = (Math.floor(y / factor) * THUMBNAIL_PX + Math.floor(x / factor)) * 3 + (i % 3)
    sums[at] = (sums[at] as number) + value
  }
  return Uint8Array.from(sums, (sum) => Math.round(sum / factor ** 2))
}

async function readGallery(packages: string): Promise<{ all: Emoji[]; everyday: Emoji[] }> {
  const pictures = join(packages, '@lobehub', 'fluent-emoji-3d', 'assets')
  const files = new Set(await readdir(pictures))
  const data = JSON.parse(await readFile(join(packages, 'emojibase-data', 'en', 'data.json'), 'utf8')) as {
    label: string
    hexcode: string
    group?: number
  }[]
  const all: Emoji[] = []
  const everyday: Emoji[] = []
  for (const { label, hexcode, group } of data) {
    const code = hexcode.toLowerCase()
    const file = [code, code.replace('-fe0f', '')].map((name) => `${name}.webp`).find((name) => files.has(name))
    if (file === undefined) continue
    const pixels = await sharp(join(pictures, file))
      .resize(GALLERY_PX, GALLERY_PX)
      .flatten({ background: '#fff' })
      .raw()
      .toBuffer()
    const emoji = { label, thumbnail: shrink(pixels) }
    all.push(emoji)
    if (EVERYDAY_GROUPS.includes(group ?? -1) && all.length % GROUP_STRIDE === 0) everyday.push(emoji)
  }
  return { all, everyday }
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? 'an' : 'a'
}
