import type { Device } from './engine.ts'
import { readCards } from './nvidia.ts'
import { machine, type Probes } from './probes.ts'

export interface DeviceMemory {
  readonly totalBytes: number
  /** What nobody uses now. */
  readonly freeBytes: number
}

/** How many engines, this one counted, take from the memory of its device and of the host. */
interface Sharers {
  readonly device: number
  readonly host: number
}

const ALONE: Sharers = { device: 1, host: 1 }

/** What an engine is told about memory. */
export interface MemoryOptions {
  /** Free memory of the device, where it does not tell itself. */
  readonly deviceMemoryBytes?: number
  /** Absent: it is alone. */
  readonly sharers?: Sharers
}

const DRM = '/sys/class/drm'
// Graphics inside a processor have less of their own than any card that this model would run on.
const SMALLEST_CARD_BYTES = 2 ** 32
// Metal lets a GPU have from two thirds to four fifths of the memory, by machine and version.
const METAL_SHARE = 2 / 3
// Where Windows drivers register what they drive: the class of display adapters.
const WINDOWS_ADAPTERS = 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\{4d36e968-e325-11ce-bfc1-08002be10318}'

/**
 * How much memory a device has. Undefined where nobody tells. WebGPU does not say which card it takes: with several of one
 * kind, the largest is assumed.
 */
export async function deviceMemory(
  device: Device,
  deviceId = 0,
  probes: Probes = machine,
): Promise<DeviceMemory | undefined> {
  switch (device) {
    case 'cpu':
      return probes.memory()
    case 'cuda':
      return (await readCards(probes))?.[deviceId]?.memory
    case 'webgpu':
      return webgpuMemory(probes)
    default:
      return device satisfies never
  }
}

/** What an engine may count on: of its device, undefined where nobody tells, and of the host. */
export async function memoryFor(
  device: Device,
  deviceId: number | undefined,
  { deviceMemoryBytes: bytes, sharers = ALONE }: MemoryOptions,
): Promise<{ readonly deviceMemory: DeviceMemory | undefined; readonly hostMemory: DeviceMemory }> {
  const own = bytes ? { totalBytes: bytes, freeBytes: bytes } : await deviceMemory(device, deviceId)
  return { deviceMemory: own && shareOf(own, sharers.device), hostMemory: shareOf(machine.memory(), sharers.host) }
}

/** What one of several engines may count on, whether the others have taken theirs already or not. */
export function shareOf({ totalBytes, freeBytes }: DeviceMemory, sharers: number): DeviceMemory {
  return { totalBytes, freeBytes: Math.min(freeBytes, totalBytes / sharers) }
}

async function webgpuMemory(probes: Probes): Promise<DeviceMemory | undefined> {
  if (probes.platform === 'darwin') {
    const { totalBytes, freeBytes } = probes.memory()
    const most = totalBytes * METAL_SHARE
    return { totalBytes: most, freeBytes: Math.min(most, freeBytes) }
  }
  const cards = (await readCards(probes)) ?? []
  const nvidia = largest(cards.flatMap(({ memory }) => memory ?? []))
  if (nvidia) return nvidia
  return probes.platform === 'win32' ? windowsMemory(probes) : amdMemory(probes)
}

/** What amdgpu tells in sysfs (docs.kernel.org, gpu/amdgpu/driver-misc). Other open drivers tell nothing. */
async function amdMemory(probes: Probes): Promise<DeviceMemory | undefined> {
  const cards = (await probes.list(DRM)).filter((name) => /^card\d+$/.test(name))
  const read = async (card: string, pool: 'vram' | 'gtt') => {
    const file = (what: string) => probes.read(`${DRM}/${card}/device/mem_info_${pool}_${what}`)
    const [totalBytes, usedBytes] = [Number(await file('total')), Number(await file('used'))]
    return totalBytes > 0 ? [{ totalBytes, freeBytes: totalBytes - usedBytes }] : []
  }
  const found = cards.map(async (card) => {
    const own = await read(card, 'vram')
    // A processor's graphics take the machine's memory beside the little that is set aside for them.
    const isCard = own.some(({ totalBytes }) => totalBytes >= SMALLEST_CARD_BYTES)
    return isCard ? own : [...own, ...(await read(card, 'gtt'))]
  })
  return largest((await Promise.all(found)).flat())
}

/** What the driver wrote into the registry when it started; what of it is in use costs more to ask than it is worth. */
async function windowsMemory(probes: Probes): Promise<DeviceMemory | undefined> {
  const text = await probes.run('reg', ['query', WINDOWS_ADAPTERS, '/s', '/v', 'HardwareInformation.qwMemorySize'])
  const sizes = Array.from((text ?? '').matchAll(/REG_QWORD\s+(0x[0-9a-f]+)/gi), ([, size]) => Number(size))
  return largest(sizes.map((totalBytes) => ({ totalBytes, freeBytes: totalBytes })))
}

function largest(memories: readonly DeviceMemory[]): DeviceMemory | undefined {
  return memories.toSorted((a, b) => b.totalBytes - a.totalBytes)[0]
}
