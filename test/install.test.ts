import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

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
