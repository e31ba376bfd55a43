import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { deviceMemory, memoryFor, shareOf } from '../../engine/device-memory.ts'
import { machine } from '../../engine/probes.ts'
import { temporaryFolder } from '../support/folder.ts'
import { machineWith } from '../support/machine.ts'

const GIB = 2 ** 30
const UUID = 'GPU-8f0d3a51-6f52-9d4e-7f43-2f1c5b8d0e11'
const SECOND_UUID = 'GPU-1c9be7aa-0b6f-1f0a-93b5-6f5ea3f5b0c2'
const ONE = `${UUID}, NVIDIA GeForce RTX 4090, 580.95.05, 24564, 23820\n`
const TWO = `${ONE}${SECOND_UUID}, NVIDIA GeForce RTX 3060, 580.95.05, 12288, 11900\n`

function withNvidia(cards: string, env: Record<string, string> = {}) {
  return machineWith({ nvidiaSmi: cards, computeCapability: '8.9\n8.6\n', env })
}

describe('an NVIDIA card', () => {
  it('has what nvidia-smi says', async () => {
    await expect(deviceMemory('cuda', undefined, withNvidia(ONE))).resolves.toEqual({
      totalBytes: 24564 * 2 ** 20,
      freeBytes: 23820 * 2 ** 20,
    })
  })

  it('is counted as CUDA counts: among the cards that the process may see', async () => {
    const total = async (deviceId: number, visible?: string) =>
      (
        await deviceMemory(
          'cuda',
          deviceId,
          withNvidia(TWO, visible === undefined ? {} : { CUDA_VISIBLE_DEVICES: visible }),
        )
      )?.totalBytes
    expect(await total(1)).toBe(12 * GIB)
    expect(await total(2)).toBeUndefined()
    expect(await total(0, '1')).toBe(12 * GIB)
    expect(await total(0, SECOND_UUID.slice(0, 12))).toBe(12 * GIB)
    expect(await total(1, '1,7,0')).toBeUndefined()
    expect(await total(0, '')).toBeUndefined()
  })

  it('that shares the memory of the machine tells nothing', async () => {
    const spark = machineWith({
      nvidiaSmi: `${UUID}, NVIDIA GB10, 580.95.05, [N/A], [N/A]\n`,
      computeCapability: '12.1\n',
    })
    await expect(deviceMemory('cuda', 0, spark)).resolves.toBeUndefined()
  })

  it('is found in the Windows Subsystem for Linux too, and with a driver that does not know its compute capability', async () => {
    const wsl = machineWith({ nvidiaSmi: ONE, nvidiaSmiCommand: '/usr/lib/wsl/lib/nvidia-smi' })
    await expect(deviceMemory('cuda', 0, wsl)).resolves.toMatchObject({ totalBytes: 24564 * 2 ** 20 })
  })
})

describe('WebGPU', () => {
  it('takes the largest NVIDIA card', async () => {
    await expect(deviceMemory('webgpu', undefined, withNvidia(TWO))).resolves.toMatchObject({
      totalBytes: 24564 * 2 ** 20,
    })
  })

  it("has an AMD card's own memory", async () => {
    const probes = machineWith({
      files: {
        '/sys/class/drm/card1/device/mem_info_vram_total': '17163091968\n',
        '/sys/class/drm/card1/device/mem_info_vram_used': '1163091968\n',
        '/sys/class/drm/card1/device/mem_info_gtt_total': '33514995712\n',
        '/sys/class/drm/card1/device/mem_info_gtt_used': '25513984\n',
      },
      folders: { '/sys/class/drm': ['card0', 'card1', 'card1-DP-1', 'renderD128', 'version'] },
    })
    await expect(deviceMemory('webgpu', undefined, probes)).resolves.toEqual({
      totalBytes: 17163091968,
      freeBytes: 16000000000,
    })
  })

  it("has the machine's memory where the graphics are inside an AMD processor", async () => {
    const probes = machineWith({
      files: {
        '/sys/class/drm/card0/device/mem_info_vram_total': '536870912\n',
        '/sys/class/drm/card0/device/mem_info_vram_used': '400000000\n',
        '/sys/class/drm/card0/device/mem_info_gtt_total': '16536870912\n',
        '/sys/class/drm/card0/device/mem_info_gtt_used': '536870912\n',
      },
      folders: { '/sys/class/drm': ['card0'] },
    })
    await expect(deviceMemory('webgpu', undefined, probes)).resolves.toMatchObject({
      totalBytes: 16536870912,
      freeBytes: 16000000000,
    })
  })

  it('has two thirds of the memory of an Apple machine, and no more than is free', async () => {
    const probes = machineWith({
      platform: 'darwin',
      arch: 'arm64',
      memory: { totalBytes: 24 * GIB, freeBytes: 9 * GIB },
    })
    await expect(deviceMemory('webgpu', undefined, probes)).resolves.toMatchObject({
      totalBytes: 16 * GIB,
      freeBytes: 9 * GIB,
    })
  })

  it('has what the display driver entered into the registry on Windows', async () => {
    const key = 'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Class\\{4d36e968-e325-11ce-bfc1-08002be10318}'
    const probes = machineWith({
      platform: 'win32',
      commands: {
        reg: `\r\n${key}\\0000\r\n    HardwareInformation.qwMemorySize    REG_QWORD    0x20000000\r\n\r\n${key}\\0001\r\n    HardwareInformation.qwMemorySize    REG_QWORD    0x3ff000000\r\n\r\nEnd of search: 2 match(es) found.\r\n`,
      },
    })
    await expect(deviceMemory('webgpu', undefined, probes)).resolves.toMatchObject({ totalBytes: 0x3ff000000 })
  })

  it('is not told where no driver tells', async () => {
    await expect(deviceMemory('webgpu', undefined, machineWith({}))).resolves.toBeUndefined()
    await expect(deviceMemory('webgpu', undefined, machineWith({ platform: 'win32' }))).resolves.toBeUndefined()
  })
})

it('the CPU has what the operating system says, here at least what this process takes', async () => {
  const memory = await deviceMemory('cpu', undefined, machine)
  expect(memory?.totalBytes).toBeGreaterThan(process.memoryUsage.rss())
  expect(memory?.freeBytes).toBeGreaterThan(0)
  expect(memory?.freeBytes).toBeLessThanOrEqual(memory?.totalBytes as number)
})

it('one of two engines counts on half of all, and on no more than nobody uses', () => {
  const memory = (freeBytes: number) => ({ totalBytes: 24 * GIB, freeBytes })
  expect(shareOf(memory(23 * GIB), 2).freeBytes).toBe(12 * GIB)
  expect(shareOf(memory(9 * GIB), 2).freeBytes).toBe(9 * GIB)
  expect(shareOf(memory(23 * GIB), 1).freeBytes).toBe(23 * GIB)
})

it('several engines share the memory of the host also where each has a card of its own', async () => {
  const of = (host: number) => memoryFor('cuda', 0, { deviceMemoryBytes: GIB, sharers: { device: 1, host } })
  const { deviceMemory, hostMemory } = await of(1000)
  expect(deviceMemory).toMatchObject({ freeBytes: GIB })
  expect(hostMemory.freeBytes).toBe(hostMemory.totalBytes / 1000)
})

it('what is searched for is found wherever it lies in a large file', async () => {
  const path = join(temporaryFolder(), 'large')
  const mark = Buffer.from('-arch sm_90')
  writeFileSync(path, Buffer.concat([Buffer.alloc(2 ** 22 - 5), mark, Buffer.alloc(100)]))
  expect(await machine.search(path, /-arch sm_\d+/g)).toEqual(new Set([String(mark)]))
})
