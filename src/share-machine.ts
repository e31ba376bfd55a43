import type { WantedDevice } from './config.ts'

/** What one of several engines gets of the machine. */
interface MachineShare {
  /** Absent: it has the CPU's cores for itself. */
  readonly threads?: number
  /** How many engines, this one counted, take from the memory of its device and of the host. */
  readonly sharers: { readonly device: number; readonly host: number }
}

/** Those that may compute on the CPU share its cores, those on one device its memory, all of them the host's. */
export function shareMachine(devices: readonly WantedDevice[], cores: number): MachineShare[] {
  const onCpu = devices.filter(({ device }) => device === 'cpu' || device === 'auto').length
  const threads = onCpu > 1 && { threads: Math.max(1, Math.floor(cores / onCpu)) }
  return devices.map((wanted) => {
    const onSame = devices.filter(({ device, deviceId }) => device === wanted.device && deviceId === wanted.deviceId)
    // On the CPU both memories are one.
    const host = wanted.device === 'cpu' ? onSame.length : devices.length
    return { ...threads, sharers: { device: onSame.length, host } }
  })
}
