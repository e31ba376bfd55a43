import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type CudaFinding, checkCuda } from './cuda-check.ts'
import { installedRuntime } from './cuda-provider.ts'

/** Downloads ONNX Runtime's CUDA provider to where onnxruntime-node looks for it. False: that failed. */
export function downloadCuda(): boolean {
  // The package's own: .npmrc keeps it from running at every `npm ci`.
  const { status } = spawnSync(process.execPath, [join(installedRuntime().folder, 'script', 'install.js')], {
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'true' },
    stdio: 'inherit',
  })
  return status === 0
}

/** What CUDA has and lacks here. */
export function lookAtCuda(): Promise<readonly CudaFinding[]> {
  return checkCuda(installedRuntime())
}
