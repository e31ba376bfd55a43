import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { pickDevice } from '../../engine/device.ts'
import { machineWith } from '../support/machine.ts'

// Debian's chromium package has a Vulkan that needs no GPU.
const SOFTWARE_VULKAN = '/usr/lib/chromium/vk_swiftshader_icd.json'
// Without its CUDA provider, whatever this machine has.
const WITH_CARD = machineWith({
  nvidiaSmi: 'GPU-8f0d3a51-6f52-9d4e-7f43-2f1c5b8d0e11, NVIDIA GeForce RTX 4090, 580.95.05, 24564, 23820\n',
  computeCapability: '8.9\n',
  folders: { '/dev': ['null', 'nvidia0'] },
})

describe('the device', () => {
  it('that was asked for is taken', async () => {
    for (const device of ['cpu', 'webgpu'] as const)
      expect(await pickDevice(device)).toEqual({ device, notes: [{ kind: 'configured' }] })
  })

  it('cuda is refused with what it lacks and what to do about it', async () => {
    await expect(pickDevice('cuda', 0, WITH_CARD)).rejects.toMatchObject({
      code: 'no-device',
      message:
        "expected a working cuda device: ONNX Runtime's CUDA provider is not installed: `npm run cuda` downloads it",
      situation: { kind: 'no-cuda', lacks: [{ kind: 'no-provider' }] },
    })
  })

  it('is the CPU where there is no GPU to try', async () => {
    expect(await pickDevice('auto', undefined, machineWith({}))).toEqual({
      device: 'cpu',
      notes: [{ kind: 'no-gpu' }],
    })
  })
})

it.runIf(existsSync(SOFTWARE_VULKAN))(
  'a software renderer loses the trial, and an NVIDIA card that is not used is told why',
  { timeout: 300_000 },
  async () => {
    process.env.VK_ICD_FILENAMES = SOFTWARE_VULKAN
    expect(await pickDevice('auto', undefined, WITH_CARD)).toEqual({
      device: 'cpu',
      notes: [
        {
          kind: 'broken',
          device: 'cuda',
          why: "ONNX Runtime's CUDA provider is not installed: `npm run cuda` downloads it",
          lacks: [{ kind: 'no-provider' }],
        },
        { kind: 'slower', device: 'webgpu' },
      ],
    })
  },
)
