import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { prepareModel } from '../../engine/checkpoint/prepare.ts'
import { GraphBuilder } from '../../engine/graph/builder.ts'
import { createSession } from '../../engine/session.ts'
import { loadStages } from '../../engine/stages.ts'
import { verifyCase } from '../../engine/verify-case.ts'
import { REFERENCE, TINY } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'

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
