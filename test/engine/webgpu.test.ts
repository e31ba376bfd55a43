import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { prepareModel } from '../../engine/checkpoint/prepare.ts'
import { readSafetensorsHeader } from '../../engine/checkpoint/safetensors.ts'
import type { Device } from '../../engine/engine.ts'
import { GraphBuilder } from '../../engine/graph/builder.ts'
import { conv } from '../../engine/graph/vae.ts'
import { randn } from '../../engine/noise.ts'
import { relativeError } from '../../engine/relative-error.ts'
import { createSession, floats } from '../../engine/session.ts'
import { loadStages } from '../../engine/stages.ts'
import { verifyCase } from '../../engine/verify-case.ts'
import { REFERENCE, TINY } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'
import { writeSafetensors } from '../support/layouts.ts'

// Debian's chromium package has a Vulkan that needs no GPU.
const SOFTWARE_VULKAN = '/usr/lib/chromium/vk_swiftshader_icd.json'
const CASES = join(REFERENCE, 'cases', 'tiny-released-layout')

describe.runIf(existsSync(SOFTWARE_VULKAN))('WebGPU on software Vulkan', { timeout: 300_000 }, () => {
  beforeAll(() => {
    process.env.VK_ICD_FILENAMES = SOFTWARE_VULKAN
  })

  it('refuses a graph with a node that it does not have, and does not take it to the CPU', async () => {
    const g = new GraphBuilder('detour', new Map())
    const x = g.input('x', 'float32', [2, 2])
    g.output('y', g.op('Add', [x, g.op('Det', [x])]), [2, 2])
    const graph = g.finish()
    await expect(createSession(graph, { device: 'webgpu' })).rejects.toMatchObject({ code: 'failed' })
    await createSession(graph, { device: 'cpu' }).then((session) => session.release())
  })

  it('draws the same picture with every node of every graph on the device', async () => {
    const stages = await loadStages(TINY, { device: 'webgpu' })
    const report = await verifyCase(stages, 'webgpu', join(CASES, 'empty-prompt.json'))
    expect(report).toMatchObject({ ids: true, ok: true })
    await stages.release()
  })

  it.each([
    [6, 8, 3],
    [4, 6, 1],
  ])('convolves %i channels to %i with a kernel of %i as the CPU does', async (from, to, kernel) => {
    const file = join(temporaryFolder(), 'conv.safetensors')
    const bytes = new Uint8Array(randn(from * to * kernel ** 2, 1).buffer)
    const weight = { dtype: 'F32', shape: [to, from, kernel, kernel], bytes } as const
    const bias = { dtype: 'F32', shape: [to], bytes: new Uint8Array(randn(to, 2).buffer) } as const
    await writeSafetensors(file, new Map(Object.entries({ 'c.weight': weight, 'c.bias': bias })))
    const g = new GraphBuilder('conv', await readSafetensorsHeader(file))
    g.output('y', conv(g, g.input('x', 'float32', [1, from, 5, 6]), 'c', from, to, kernel), [1, to, 5, 6])
    const graph = g.finish()
    const compute = async (device: Device) => {
      const session = await createSession(graph, { device })
      const y = await session.run({ x: floats(randn(from * 5 * 6, 3), 1, from, 5, 6) })
      await session.release()
      return y
    }
    expect(relativeError(await compute('webgpu'), await compute('cpu'))).toBeLessThan(1e-5)
  })

  it('draws it with weights of 4 bits too, every node on the device', async () => {
    const target = join(temporaryFolder(), 'int4')
    await prepareModel({ source: TINY, target, precision: 'int4' })
    const errors = []
    for (const device of ['webgpu', 'cpu'] as const) {
      const stages = await loadStages(target, { device })
      errors.push((await verifyCase(stages, device, join(CASES, 'empty-prompt.json'))).transformer as number)
      await stages.release()
    }
    const [webgpu, cpu] = errors as [number, number]
    // Both are as far from float32 as 4 bits are; the CPU rounds what it multiplies to 8 bits besides.
    expect(webgpu).toBeGreaterThan(0.001)
    expect(webgpu).toBeLessThan(cpu * 1.2)
  })
})
