import { existsSync } from 'node:fs'
import { InferenceSession } from 'onnxruntime-node'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { chooseAttention, compute } from '../../engine/attention-trial.ts'
import { relativeError } from '../../engine/relative-error.ts'

// Debian's chromium package has a Vulkan that needs no GPU.
const SOFTWARE_VULKAN = '/usr/lib/chromium/vk_swiftshader_icd.json'

it('fused and spelled-out attention are one on the CPU, also where the heads are not a multiple of those taken at a time', async () => {
  for (const [headDim, type] of [
    [128, 'float32'],
    [20, 'float32'],
    [64, 'float16'],
  ] as const) {
    const [fused, decomposed] = await Promise.all([
      compute('fused', { device: 'cpu' }, headDim, type),
      compute('decomposed', { device: 'cpu' }, headDim, type),
    ])
    expect(relativeError(fused, decomposed)).toBeLessThan(type === 'float32' ? 1e-5 : 1e-3)
    expect(fused.every(Number.isFinite)).toBe(true)
  }
})

it('takes the fused attention of the CPU', async () => {
  await expect(chooseAttention('cpu', undefined, 128)).resolves.toMatchObject({ kind: 'fused' })
})

it.each([
  ['fused', 1],
  ['decomposed', 1.5],
  ['decomposed', Number.NaN],
] as const)('is %s where the fused attention gives %d for what is 1', async (kind, given) => {
  onTestFinished(() => void vi.restoreAllMocks())
  const results = [1, given]
  vi.spyOn(InferenceSession, 'create').mockImplementation(async () => {
    const run = async () => ({ mixed: { data: Float32Array.of(results.shift()!) } })
    return { outputNames: ['mixed'], run, release: async () => {} } as never
  })
  await expect(chooseAttention('cuda', undefined, 128)).resolves.toMatchObject({ kind })
})

describe.runIf(existsSync(SOFTWARE_VULKAN))('on software Vulkan', { timeout: 300_000 }, () => {
  beforeAll(() => {
    process.env.VK_ICD_FILENAMES = SOFTWARE_VULKAN
  })

  it('finds out that the fused attention is wrong, by how much, and that the spelled-out one is right', async () => {
    const choice = await chooseAttention('webgpu', undefined, 128)
    expect(choice.kind).toBe('decomposed')
    expect(choice.notes).toEqual([{ kind: 'fused-wrong', error: expect.any(Number) }])
    const exact = await compute('decomposed', { device: 'cpu' }, 128)
    expect(relativeError(await compute('decomposed', { device: 'webgpu' }, 128), exact)).toBeLessThan(1e-5)
  })

  it("spells out the VAE's one large head, for which the fused kernel does not fit the GPU, and goes on", async () => {
    await expect(chooseAttention('webgpu', undefined, 512)).resolves.toMatchObject({
      kind: 'decomposed',
      notes: [{ kind: 'fused-broken', why: expect.any(String) }],
    })
    expect((await compute('decomposed', { device: 'webgpu' }, 32)).every(Number.isFinite)).toBe(true)
  })

  it('multiplies in float32 where the device lacks the half type', async () => {
    await expect(chooseAttention('webgpu', undefined, 32, 'float16')).resolves.toMatchObject({
      products: 'float32',
      notes: [{ kind: 'no-half', type: 'float16', why: expect.stringContaining('f16') }, { kind: 'fused-wrong' }],
    })
  })
})
