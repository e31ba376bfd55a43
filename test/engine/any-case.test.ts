import { existsSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { modelFoldersOf, removeModel } from '../../engine/checkpoint/model-folders.ts'
import { lockFolder } from '../../src/store/lock.ts'
import { TINY } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'

// As on Windows and macOS, where ONE opens a folder that is called one.
const { lower } = vi.hoisted(() => ({ lower: (path: unknown) => String(path).replace(/ONE/u, 'one') }))

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  return { ...fs, statSync: (path: string, options: object) => fs.statSync(lower(path), options) }
})
vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>()
  return { ...fs, rm: (path: string, options: object) => fs.rm(lower(path), options) }
})

it('where a folder opens by its name in any case, the configured model is not removed by another', async () => {
  const folders = modelFoldersOf(temporaryFolder())
  await cp(TINY, join(folders.folder, 'one'), { recursive: true })
  await expect(removeModel('ONE', folders, 'one', lockFolder)).rejects.toMatchObject({
    problem: { code: 'no-such-model', known: ['one'] },
  })
  expect(existsSync(join(folders.folder, 'one'))).toBe(true)
})
