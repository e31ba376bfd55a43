import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openCheckpoint } from '../../engine/checkpoint/checkpoint.ts'
import { parseConfig } from '../../engine/checkpoint/config.ts'
import { chooseKernels } from '../../engine/choose-kernels.ts'
import { FLOAT32_KERNELS } from '../../engine/graph/kernels.ts'
import { randn } from '../../engine/noise.ts'
import type { LatentShape } from '../../engine/patches.ts'
import { toPixels } from '../../engine/pipeline.ts'
import { openVaeDecoder, type VaeDecoder } from '../../engine/vae-decoder.ts'
import { type Decoding, stripBytes, wholeBytes } from '../../engine/vae-plan.ts'
import { DEFAULT_MODEL, REFERENCE, TINY } from '../support/checkpoint.ts'

const WHOLE: Decoding = { wholePixels: Infinity, stripPixels: 0 }
const inStrips = (stripPixels: number): Decoding => ({ wholePixels: 0, stripPixels })

// Debian's chromium package has a Vulkan that needs no GPU.
const SOFTWARE_VULKAN = '/usr/lib/chromium/vk_swiftshader_icd.json'

for (const [name, folder, channels, cellPx] of [
  ['tiny-released-layout', TINY, 16, 8],
  ['default', DEFAULT_MODEL, 8, 16],
] as const) {
  describe(`the decoder of ${name}, in strips`, () => {
    let whole: VaeDecoder
    beforeAll(async () => {
      whole = await open(folder, WHOLE)
    })
    afterAll(() => whole.release())

    it.each([
      { height: 8, width: 8, maxCells: 8 * 8, strips: 'one' },
      { height: 16, width: 16, maxCells: 16 * 8, strips: 'two equal ones' },
      { height: 14, width: 10, maxCells: 10 * 5, strips: 'three, the last shorter' },
      { height: 6, width: 22, maxCells: 22 * 2, strips: 'wider than high' },
      { height: 9, width: 4, maxCells: 0.01, strips: 'a single row of latents each, the least there is' },
    ])('draws what it draws whole: $strips', async ({ height, width, maxCells }) => {
      const shape = { channels, height, width, patch: 2 }
      const latent = randn(shape.channels * height * width, 7)
      const strips = await open(folder, inStrips(maxCells * cellPx ** 2))
      expectSamePicture(await strips.decode(latent, shape), await whole.decode(latent, shape), shape, cellPx)
      await strips.release()
    })
  })
}

it.runIf(existsSync(SOFTWARE_VULKAN))(
  'the decoder draws in strips on WebGPU what it draws whole on the CPU',
  { timeout: 300_000 },
  async () => {
    process.env.VK_ICD_FILENAMES = SOFTWARE_VULKAN
    const shape = { channels: 16, height: 10, width: 8, patch: 2 }
    const latent = randn(16 * 10 * 8, 7)
    const whole = await open(TINY, WHOLE)
    // While one session is loaded the device keeps its compiled shaders, as it does in the service.
    const held = await open(TINY, WHOLE, 'webgpu')
    const strips = await open(TINY, inStrips(64 * 32), 'webgpu')
    expectSamePicture(await strips.decode(latent, shape), await whole.decode(latent, shape), shape, 8)
    for (const decoder of [held, whole]) await decoder.release()
  },
)

it('the decoder draws whole up to a size, and in strips, which a cancel stops, above it', async () => {
  const decoder = await open(TINY, { wholePixels: 64 * 64, stripPixels: 1 })
  const whole = await open(TINY, WHOLE)
  const cancelled = AbortSignal.abort()
  const shape = { channels: 16, height: 8, width: 8, patch: 2 }
  const latent = randn(16 * 8 * 8, 7)
  expect(await decoder.decode(latent, shape, cancelled)).toEqual(await whole.decode(latent, shape))
  const larger = { ...shape, height: 10 }
  await expect(decoder.decode(randn(16 * 10 * 8, 7), larger, cancelled)).rejects.toMatchObject({ code: 'cancelled' })
  for (const each of [decoder, whole]) await each.release()
})

it('a decoder of strips alone has nothing loaded, and a cancel stops it before its next strip', async () => {
  const create = vi.spyOn(InferenceSession, 'create')
  onTestFinished(() => create.mockRestore())
  const strips = await open(TINY, inStrips(1))
  expect(create).not.toHaveBeenCalled()
  const controller = new AbortController()
  const decoding = strips.decode(randn(16 * 64, 7), { channels: 16, height: 8, width: 8, patch: 2 }, controller.signal)
  controller.abort()
  await expect(decoding).rejects.toMatchObject({ code: 'cancelled' })
})

it('a decoder that lacks a tensor is refused before the first picture, in strips too', async () => {
  const { config, vae } = await openCheckpoint(TINY)
  const weights = new Map([...vae].filter(([name]) => name !== 'decoder.conv_out.bias'))
  const opening = openVaeDecoder(config.vae, weights, FLOAT32_KERNELS, { device: 'cpu' }, inStrips(1))
  await expect(opening).rejects.toMatchObject({ code: 'checkpoint-corrupt' })
})

describe('the memory that decoding takes, by estimate,', () => {
  const path = join(REFERENCE, 'official', 'vae', 'config.json')
  const config = parseConfig('vae', JSON.parse(readFileSync(path, 'utf8')), path)

  it('grows with the picture when it is decoded whole', () => {
    expect(wholeBytes(config, 1024).deviceBytes / 2 ** 30).toBeCloseTo(4, 1)
    expect(wholeBytes(config, 2048).deviceBytes / 2 ** 30).toBeCloseTo(16, 1)
  })

  it('stays below two gigabytes on the device in strips, the maps being on the host', () => {
    const bytes = (sidePx: number) => stripBytes(config, sidePx, 512 * 512)
    expect(bytes(2048).deviceBytes).toBeLessThan(2 * 2 ** 30)
    expect(bytes(1024).hostBytes / 2 ** 30).toBeCloseTo(1, 1)
    expect(bytes(2048).hostBytes / 2 ** 30).toBeCloseTo(4, 1)
  })
})

async function open(folder: string, how: Decoding, device: 'cpu' | 'webgpu' = 'cpu') {
  const checkpoint = await openCheckpoint(folder)
  return openVaeDecoder(checkpoint.config.vae, checkpoint.vae, chooseKernels(device, checkpoint), { device }, how)
}

function expectSamePicture(
  actual: Float32Array,
  expected: Float32Array,
  { height, width }: LatentShape,
  cellPx: number,
) {
  expect(actual.length).toBe(3 * height * width * cellPx ** 2)
  expect(largestDifference(actual, expected)).toBeLessThan(1e-4)
  const [pixels, expectedPixels] = [actual, expected].map((image) => toPixels(image, width * cellPx, height * cellPx))
  expect(largestDifference(pixels!, expectedPixels!)).toBeLessThanOrEqual(1)
}

function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = 0
  for (let i = 0; i < expected.length; i++)
    largest = Math.max(largest, Math.abs((actual[i] as number) - (expected[i] as number)))
  return largest
}
