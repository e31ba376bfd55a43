/**
 * `npm run cuda`: downloads ONNX Runtime's CUDA provider to where onnxruntime-node looks for it, then tells what CUDA still
 * lacks here. With `--check` it downloads nothing. Exit status 0 only if nothing is lacking.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { checkCuda } from './cuda-check.ts'
import { installedRuntime } from './cuda-provider.ts'

const runtime = installedRuntime()
if (!process.argv.includes('--check')) {
  // The package's own: .npmrc keeps it from running at every `npm ci`.
  const { status } = spawnSync(process.execPath, [join(runtime.folder, 'script', 'install.js')], {
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'true' },
    stdio: 'inherit',
  })
  if (status !== 0) console.log('✗ the CUDA provider could not be downloaded')
}
const findings = await checkCuda(runtime)
for (const { state, sentence } of findings) console.log(`${state === 'good' ? '✓' : '✗'} ${sentence}`)
process.exitCode = findings.every(({ state }) => state === 'good') ? 0 : 1
