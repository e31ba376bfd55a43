import sharp from 'sharp'
import { expect, it } from 'vitest'
import type { EngineInfo, ImageRequest, Picture } from '../../engine/engine.ts'
import { encodePicture } from '../../engine/picture.ts'

const INFO = { model: 'small', modelHash: '0123456789', engineVersion: '1' } as EngineInfo
const REQUEST: ImageRequest = {
  prompt: 'a fox, red',
  negativePrompt: 'snow',
  widthPx: 32,
  heightPx: 16,
  steps: 8,
  guidance: 1.5,
  seed: 41,
  count: 2,
}
const PICTURE: Picture = {
  widthPx: 32,
  heightPx: 16,
  pixels: Uint8Array.from({ length: 32 * 16 * 3 }, (_, i) => i % 251),
  seed: 42,
  computeMs: 1,
}

/** The text of a PNG's first chunk after its header, as any reader of the format finds it. */
function firstText(png: Uint8Array): { type: string; text: string } {
  const bytes = Buffer.from(png)
  const start = 8 + 12 + bytes.readUInt32BE(8)
  const type = bytes.toString('latin1', start + 4, start + 8)
  const data = bytes.subarray(start + 8, start + 8 + bytes.readUInt32BE(start))
  return { type, text: data.toString(type === 'tEXt' ? 'latin1' : 'utf8') }
}

it('keeps every pixel, and says in the picture how it was made', async () => {
  const png = await encodePicture(PICTURE, REQUEST, INFO)
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true })
  expect(info).toMatchObject({ width: 32, height: 16, channels: 3 })
  expect(new Uint8Array(data)).toEqual(PICTURE.pixels)
  expect(firstText(png)).toEqual({
    type: 'tEXt',
    text: 'parameters\0a fox, red\nNegative prompt: snow\nSteps: 8, Sampler: Euler, CFG scale: 1.5, Seed: 42, Size: 32x16, Model hash: 0123456789, Model: small, Version: zimagine engine 1',
  })
})

it('writes a Chinese prompt as Unicode', async () => {
  const { type, text } = firstText(await encodePicture(PICTURE, { ...REQUEST, prompt: '雪中的红狐狸' }, INFO))
  expect(type).toBe('iTXt')
  expect(text).toMatch(/^parameters\0\0\0\0\0雪中的红狐狸\n/)
})

it('quotes a model name that would end early', async () => {
  const { text } = firstText(await encodePicture(PICTURE, REQUEST, { ...INFO, model: 'my, own' }))
  expect(text).toContain('Model: "my, own", Version')
})
