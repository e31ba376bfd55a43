import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Probes } from './probes.ts'

/** Where onnxruntime-node is, and its version. */
export interface Runtime {
  readonly folder: string
  readonly version: string
}

/** The library that onnxruntime-node loads for CUDA, as far as it can be told without loading it. */
export interface Provider {
  /** Of ONNX Runtime; none where it does not say. */
  readonly versions: readonly string[]
  /** The CUDA it was built for: 12 or 13. */
  readonly cuda?: number
  /** The compute capabilities that it has code for, such as 8.9; none where it does not say. */
  readonly built: readonly number[]
  /** Libraries that the loader does not find. */
  readonly missing: readonly string[]
}

const PROVIDER = 'libonnxruntime_providers_cuda.so'
const BRIDGE = 'libonnxruntime_providers_shared.so'
// The version stands by itself, and each GPU's code is noted with the option that it was compiled with. In the provider of
// 1.29.0 these are 7.5, 8.0, 8.6, 8.9, 9.0 and 12.0, and there is no code that a driver could translate for others.
const MARKS = /\0\d+\.\d+\.\d+\0|-arch sm_\d+/g
const NOT_FOUND = /^\s*(\S+) => not found/gm

export function installedRuntime(): Runtime {
  const require = createRequire(import.meta.url)
  const manifest = 'onnxruntime-node/package.json'
  return { folder: dirname(require.resolve(manifest)), version: require(manifest).version }
}

/** Downloads the provider to where onnxruntime-node looks for it. False: that failed. */
export function downloadProvider(): boolean {
  // The package's own: .npmrc keeps it from running at every `npm ci`.
  const { status } = spawnSync(process.execPath, [join(installedRuntime().folder, 'script', 'install.js')], {
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'true' },
    stdio: 'inherit',
  })
  return status === 0
}

/** Undefined where it is not installed. */
export async function readProvider({ folder }: Runtime, probes: Probes): Promise<Provider | undefined> {
  const file = join(folder, 'bin', 'napi-v6', 'linux', 'x64', PROVIDER)
  const names = await probes.list(dirname(file))
  if (!names.includes(PROVIDER) || !names.includes(BRIDGE)) return undefined
  const [marks, linked = ''] = await Promise.all([probes.search(file, MARKS), probes.run('ldd', [file])])
  const isVersion = (mark: string) => mark.startsWith('\0')
  const built = [...marks].filter((mark) => !isVersion(mark)).map((mark) => Number(/\d+/.exec(mark)) / 10)
  return {
    versions: [...marks].filter(isVersion).map((mark) => mark.replaceAll('\0', '')),
    cuda: Number(/libcudart\.so\.(\d+)/.exec(linked)?.[1]) || undefined,
    built: built.toSorted((a, b) => a - b),
    missing: Array.from(linked.matchAll(NOT_FOUND), ([, name]) => name as string),
  }
}
