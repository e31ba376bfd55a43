/**
 * `npm run styles`: draws a sample of every style, and one without, from the same words and seed. Writes
 * docs/styles/ID.png and docs/styles/README.md. `--model` names another checkpoint than the one of the repository.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createEngine } from '../engine/client.ts'
import { encodePicture } from '../engine/picture.ts'
import { styledPrompt, styles } from '../src/styles.ts'

const ROOT = join(import.meta.dirname, '..')
const FOLDER = join(ROOT, 'docs', 'styles')

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: join(ROOT, 'models', 'default') },
    device: { type: 'string', default: 'auto' },
    prompt: { type: 'string', default: 'a red apple' },
    seed: { type: 'string', default: '1' },
  },
})
const { model, device, prompt } = values
const seed = Number(values.seed)

const engine = createEngine({ model, device: device as 'auto' })
const info = await engine.ready
const { widthPx, heightPx, steps, guidance } = info.profile
await mkdir(FOLDER, { recursive: true })
for (const id of [undefined, ...styles.map((style) => style.id)]) {
  const request = { prompt: styledPrompt(prompt, id), widthPx, heightPx, steps, guidance, seed }
  const [picture] = await engine.generate(request)
  await writeFile(join(FOLDER, `${id ?? 'none'}.png`), await encodePicture(picture!, request, info))
  console.log(`${id ?? 'none'}: ${request.prompt}`)
}
await engine.close()
await writeFile(join(FOLDER, 'README.md'), page())

function page(): string {
  const rows = styles.map(({ id, name }) => `| ![](${id}.png) | \`--style ${id}\` | ${name.en} | ${name.zh} |`)
  return [
    '# Styles',
    '',
    `"${prompt}", seed ${seed}, drawn by ${info.profile.name}. How far a style shows is a matter of the model: the small one of`,
    'this repository knows few words; the released models should know more of them, which has not been tried. Made by `npm run styles`.',
    '',
    '| | | | |',
    '| --- | --- | --- | --- |',
    '| ![](none.png) | | no style | 无风格 |',
    ...rows,
    '',
  ].join('\n')
}
