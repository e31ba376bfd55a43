import { dirname } from 'node:path'
import type { Probes } from '../../engine/probes.ts'

/** A machine as its commands and files tell of it. What is not named is not there. */
export interface Described {
  readonly platform?: NodeJS.Platform
  readonly arch?: NodeJS.Architecture
  readonly env?: Readonly<Record<string, string>>
  /** What nvidia-smi prints for the five fields of a card, and for its compute capability. */
  readonly nvidiaSmi?: string
  readonly computeCapability?: string
  readonly nvidiaSmiCommand?: string
  /** What the other commands print, by name. */
  readonly commands?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
  readonly folders?: Readonly<Record<string, readonly string[]>>
  readonly memory?: { readonly totalBytes: number; readonly freeBytes: number }
}

export function machineWith(described: Described): Probes {
  const { nvidiaSmiCommand = 'nvidia-smi', commands = {}, files = {}, folders = {} } = described
  return {
    platform: described.platform ?? 'linux',
    arch: described.arch ?? 'x64',
    env: described.env ?? {},
    async run(command, args) {
      if (command !== nvidiaSmiCommand) return commands[command]
      return args.includes('--query-gpu=compute_cap') ? described.computeCapability : described.nvidiaSmi
    },
    read: async (path) => files[path],
    async list(path) {
      const inside = Object.keys(files).filter((file) => dirname(file) === path)
      return [...(folders[path] ?? []), ...inside.map((file) => file.slice(path.length + 1))]
    },
    search: async (path, pattern) => new Set((files[path] ?? '').match(pattern) ?? []),
    memory: () => described.memory ?? { totalBytes: 2 ** 34, freeBytes: 2 ** 33 },
  }
}
