import { describe, expect, it } from 'vitest'
import type { ModelProfile } from '../../engine/engine.ts'
import { checkValues } from '../../src/commands/check-values.ts'
import {
  ASPECTS,
  type Defaults,
  drawingOf,
  drawingParams,
  fitAspect,
  negativeActs,
} from '../../src/commands/drawing.ts'
import { readText } from '../../src/commands/read-text.ts'

const TURBO: ModelProfile = {
  name: 'Turbo',
  widthPx: 1024,
  heightPx: 1024,
  minEdgePx: 256,
  maxEdgePx: 2048,
  steps: 8,
  maxSteps: 50,
  guidance: 0,
  maxTokens: 512,
  negativePrompt: false,
}
const ONE_SIZE: ModelProfile = { ...TURBO, widthPx: 128, heightPx: 128, minEdgePx: 128, maxEdgePx: 128, guidance: 1.5 }

const draw = (text: string, profile = TURBO, defaults: Defaults = {}) =>
  drawingOf(checkValues(drawingParams, readText(drawingParams, text)), profile, defaults, () => 77)

describe('a drawing', () => {
  it('is as the model likes it where nothing was said', () => {
    expect(draw('a fox')).toEqual({
      prompt: 'a fox',
      style: undefined,
      private: false,
      request: { prompt: 'a fox', widthPx: 1024, heightPx: 1024, steps: 8, guidance: 0, seed: 77, count: 1 },
    })
  })

  it('keeps every shape within the edges, in multiples of 16 and near the usual area', () => {
    for (const aspect of ASPECTS) {
      const { widthPx, heightPx } = fitAspect(aspect, TURBO)
      const [across, down] = aspect.split(':').map(Number) as [number, number]
      expect([widthPx % 16, heightPx % 16]).toEqual([0, 0])
      expect(Math.abs(widthPx / heightPx / (across / down) - 1)).toBeLessThan(0.03)
      expect(1 - (widthPx * heightPx) / 1024 ** 2).toBeLessThan(0.03)
      expect(widthPx * heightPx).toBeLessThanOrEqual(1024 ** 2)
    }
  })

  it('keeps the shorter edge instead, where the model wants that', () => {
    const small: ModelProfile = { ...TURBO, widthPx: 256, heightPx: 256, maxEdgePx: 608, shapesKeep: 'shorter-edge' }
    const sizes = ASPECTS.map((aspect) => Object.values(fitAspect(aspect, small)).join('×'))
    expect(sizes).toEqual(['256×256', '448×256', '256×448', '336×256', '256×336', '384×256', '256×384', '592×256'])
    const half = { ...small, widthPx: 128, heightPx: 128, minEdgePx: 128 }
    expect(fitAspect('4:3', half)).toEqual({ widthPx: 176, heightPx: 128 })
  })

  it.each([
    ['--size 100x100', TURBO, 'bad-size'],
    ['--size big', TURBO, 'bad-size'],
    ['--size 4096x1024', TURBO, 'size-outside'],
    ['--size 256x256', ONE_SIZE, 'only-size'],
    ['--ar 16:9', ONE_SIZE, 'only-size'],
    ['--size 512x512 --ar 16:9', TURBO, 'not-together'],
    ['--steps 51', TURBO, 'too-many-steps'],
  ] as const)('is refused with %s where the model cannot', (flags, profile, code) => {
    expect(() => draw(`a fox ${flags}`, profile)).toThrow(expect.objectContaining({ code }))
  })

  it('follows the own defaults, but what was said stands above them', () => {
    const defaults: Defaults = { aspect: '16:9', count: 2, style: 'ink' }
    expect(draw('a fox', TURBO, defaults).request).toMatchObject({ widthPx: 1360, heightPx: 768, count: 2 })
    expect(draw('a fox', TURBO, defaults).request.prompt).toMatch(/ink wash/u)
    expect(draw('a fox --ar 1:1 --n 1 --style oil', TURBO, defaults)).toMatchObject({
      style: 'oil',
      request: { widthPx: 1024, count: 1 },
    })
  })

  it('keeps the usual size where a default shape is not possible', () => {
    expect(draw('a fox', ONE_SIZE, { aspect: '16:9' }).request).toMatchObject({ widthPx: 128, heightPx: 128 })
    expect(draw('a fox --ar 1:1', ONE_SIZE).request).toMatchObject({ widthPx: 128, heightPx: 128 })
  })

  it('puts Chinese words around a Chinese prompt, and takes no prompt for a pattern', () => {
    expect(draw('一只狐狸 --style ink').request.prompt).toMatch(/^一只狐狸，中国水墨画/u)
    expect(draw("$& $' fox --style ink").request.prompt).toMatch(/^\$& \$' fox, /u)
  })

  it('knows when a negative prompt does nothing', () => {
    expect(negativeActs(draw('a fox --no blur').request, TURBO)).toBe(false)
    expect(negativeActs(draw('a fox --no blur --guidance 3').request, TURBO)).toBe(true)
    expect(negativeActs(draw('a fox --no blur --guidance 0').request, { ...TURBO, negativePrompt: true })).toBe(false)
  })
})
