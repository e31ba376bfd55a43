import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { relativeError } from '../../engine/relative-error.ts'
import { loadStages, type Stages } from '../../engine/stages.ts'
import { verifyCase } from '../../engine/verify-case.ts'
import { DEFAULT_MODEL, REFERENCE, TINY } from '../support/checkpoint.ts'

// These two need an encoder for pictures, which the engine does not have.
const OTHER_KINDS = ['image-to-image.json', 'inpaint.json']

for (const [checkpoint, folder] of [
  ['tiny-released-layout', TINY],
  ['tiny-other-shape', join(REFERENCE, 'checkpoints', 'tiny-other-shape')],
  ['default', DEFAULT_MODEL],
] as const) {
  describe(`the pictures of ${checkpoint}`, () => {
    const cases = join(REFERENCE, 'cases', checkpoint)
    const names = readdirSync(cases).filter((name) => name.endsWith('.json') && !OTHER_KINDS.includes(name))
    let stages: Stages
    beforeAll(async () => {
      stages = await loadStages(folder, { device: 'cpu' })
    })
    afterAll(() => stages.release())

    it.each(names)('%s is what diffusers draws', async (name) => {
      const report = await verifyCase(stages, 'cpu', join(cases, name))
      expect(report).toMatchObject({ case: name.replace('.json', ''), ids: true, ok: true })
      expect(report.embeds).toBeLessThan(1e-4)
      expect(report.transformer).toBeLessThan(1e-4)
      expect(report.latents).toBeLessThan(5e-4)
      expect(report.image).toBeLessThanOrEqual(1)
    })
  })
}

describe('verify', () => {
  it('says that a case holding another picture is wrong', async () => {
    const stages = await loadStages(DEFAULT_MODEL, { device: 'cpu' })
    const asked = join(REFERENCE, 'cases', 'tiny-released-layout', 'empty-prompt.json')
    await expect(verifyCase(stages, 'cpu', asked)).resolves.toMatchObject({ ok: false })
    await stages.release()
    expect(relativeError(Float32Array.of(1), Float32Array.of(1, 1))).toBe(Number.POSITIVE_INFINITY)
  })

  it('says that other ids are wrong, whatever comes of them', async () => {
    const stages = await loadStages(TINY, { device: 'cpu' })
    const { prompts, embed } = stages
    const other: Stages = {
      ...stages,
      prompts: { ...prompts, encode: (prompt) => prompts.encode(prompt).map((id) => id + 1) },
      embed: (ids) => embed(ids.map((id) => id - 1)),
    }
    const asked = join(REFERENCE, 'cases', 'tiny-released-layout', 'empty-prompt.json')
    await expect(verifyCase(other, 'cpu', asked)).resolves.toMatchObject({ ids: false, ok: false })
    await stages.release()
  })
})
