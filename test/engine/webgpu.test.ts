import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadStages } from '../../engine/stages.ts'
import { verifyCase } from '../../engine/verify-case.ts'
import { REFERENCE, TINY } from '../support/checkpoint.ts'

// Debian's chromium package has a Vulkan that needs no GPU.
const SOFTWARE_VULKAN = '/usr/lib/chromium/vk_swiftshader_icd.json'

it.runIf(existsSync(SOFTWARE_VULKAN))(
  'draws the same picture on WebGPU, with every node on the device',
  { timeout: 300_000 },
  async () => {
    process.env.VK_ICD_FILENAMES = SOFTWARE_VULKAN
    const stages = await loadStages(TINY, { device: 'webgpu' })
    const report = await verifyCase(
      stages,
      'webgpu',
      join(REFERENCE, 'cases', 'tiny-released-layout', 'empty-prompt.json'),
    )
    expect(report).toMatchObject({ ids: true, ok: true })
    await stages.release()
  },
)
