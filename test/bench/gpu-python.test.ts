import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findPython } from '../../bench/gpu-python.ts'
import { temporaryFolder } from '../support/folder.ts'

const TORCH = (cuda: boolean) =>
  `__version__ = "2.11"\nclass cuda:\n    is_available = staticmethod(lambda: ${cuda ? 'True' : 'False'})\n`
const OTHER = '__version__ = "1"\n'

/** A Python that has these modules and, without its own packages, no others. */
function pythonWith(modules: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'modules'))
  for (const [name, code] of Object.entries(modules)) writeFileSync(join(folder, 'modules', `${name}.py`), code)
  const command = join(folder, 'python')
  writeFileSync(command, `#!/bin/sh\nPYTHONPATH='${join(folder, 'modules')}' exec python3 -s -S "$@"\n`)
  chmodSync(command, 0o755)
  return command
}

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version'])
    return true
  } catch {
    return false
  }
}

test.runIf(hasPython())('one with CUDA is preferred, and what it lacks is told by name', async () => {
  const onCpu = pythonWith({ torch: TORCH(false), diffusers: OTHER, transformers: OTHER })
  const onGpu = pythonWith({ torch: TORCH(true), transformers: OTHER })
  const { python, complaint } = await findPython(['/nowhere/python', onCpu, onGpu])
  expect(python).toEqual({ command: onGpu, torch: '2.11', hasCuda: true, missing: ['diffusers'] })
  expect(complaint).toBe(`${onGpu}: no diffusers`)
})

test.runIf(hasPython())('the one that has everything is taken without a word', async () => {
  const bare = pythonWith({})
  const whole = pythonWith({ torch: TORCH(false), diffusers: OTHER, transformers: OTHER })
  const found = await findPython([bare, whole])
  expect(found).toEqual({ python: { command: whole, torch: '2.11', hasCuda: false, missing: [] } })
})

test.runIf(hasPython())('where none has PyTorch, each is told of', async () => {
  const bare = pythonWith({})
  expect(await findPython([bare, '/nowhere/python'])).toEqual({
    complaint: `${bare}: no torch, no diffusers, no transformers; /nowhere/python: spawn /nowhere/python ENOENT`,
  })
})
