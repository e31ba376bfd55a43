import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from './support/folder.ts'

const ROOT = join(import.meta.dirname, '..')
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

it('npm ci compiles nothing: better-sqlite3 is prebuilt, and npm is told so in the words of every version', () => {
  // npm 11 and newer read the manifest. npm 10 reads the lock file, and would fetch Node's headers and call a compiler for
  // a package that has a binding.gyp: the line is put there by hand and lost when the lock file is written anew.
  expect(manifest.allowScripts).toEqual({ node: true, 'better-sqlite3': false, 'onnxruntime-node': false })
  expect(lock.packages['node_modules/better-sqlite3']).toMatchObject({ gypfile: false })
})

it('the lock file names no registry', () => {
  const resolved = Object.values(lock.packages as Record<string, { resolved?: string }>).filter(
    (entry) => entry.resolved,
  )
  expect(resolved).toEqual([])
})

it('every optional package that the lock file promises for another system is in it, or npm ci fails there', () => {
  const entries = lock.packages as Record<string, { optionalDependencies?: Record<string, string> }>
  const promised = Object.values(entries).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
  expect(promised.filter((name) => !entries[`node_modules/${name}`])).toEqual([])
})

it('on Windows, where git turns line ends unless told otherwise, every file comes as it is here', () => {
  const folder = temporaryFolder()
  const git = (...args: string[]) => execFileSync('git', ['-c', 'core.autocrlf=true', ...args], { cwd: folder })
  const files = [
    'models/default/tokenizer/tokenizer_config.json',
    'models/default/vae/diffusion_pytorch_model.safetensors',
  ]
  for (const file of ['.gitattributes', ...files]) cpSync(join(ROOT, file), join(folder, file))
  git('init', '--quiet')
  git('add', '.')
  for (const file of files) rmSync(join(folder, file))
  git('checkout', '--quiet', '.')
  for (const file of files) expect(readFileSync(join(folder, file)).equals(readFileSync(join(ROOT, file)))).toBe(true)
})
