/**
 * `npm run pictures -- [--grid PNG]`: draws the pictures of README.md's table, from the words and seeds that stand under them. `--grid`:
 * `samples-student.png` as `python -m training evaluate` leaves it becomes docs/pictures/default-model.webp.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { createEngine } from '../engine/client.ts'
import { encodePicture } from '../engine/picture.ts'

const ROOT = join(import.meta.dirname, '..')
const GRID = join(ROOT, 'docs', 'pictures', 'default-model.webp')
const PICTURE = /<img src="(docs\/pictures\/[^"]+)"/gu
const WORDS = /\| ([^|]+)<br>seed (\d+) (?=\|)/gu

const { values } = parseArgs({ options: { grid: { type: 'string' } } })
if (values.grid) await sharp(values.grid).webp({ quality: 80 }).toFile(GRID)

const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
const paths = [...readme.matchAll(PICTURE)]
const words = [...readme.matchAll(WORDS)]
if (paths.length !== words.length || words.length === 0) {
  throw new Error(
    `README.md: expected words and a seed under each picture, got ${paths.length} pictures, ${words.length} with words`,
  )
}
const engine = createEngine({ model: join(ROOT, 'models', 'default'), device: 'cpu' })
const info = await engine.ready
const { widthPx, heightPx, steps, guidance } = info.profile
for (const [at, [, prompt, seed]] of words.entries()) {
  const request = { prompt: prompt!, widthPx, heightPx, steps, guidance, seed: Number(seed) }
  const [picture] = await engine.generate(request)
  const path = paths[at]![1]!
  await writeFile(join(ROOT, path), await encodePicture(picture!, request, info))
  console.log(`${path}: ${prompt}`)
}
await engine.close()
