import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { renameFolder } from '../../engine/checkpoint/rename-folder.ts'
import { temporaryFolder } from '../support/folder.ts'

const held = vi.hoisted(() => ({ times: 0 }))

// As on Windows, where a folder keeps its name while somebody has a file in it open.
vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>()
  const rename: typeof fs.rename = (from, to) =>
    held.times-- > 0 ? Promise.reject(Object.assign(new Error('EPERM'), { code: 'EPERM' })) : fs.rename(from, to)
  return { ...fs, rename }
})

it('a folder that a virus scanner still looks into gets its name when that is done', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'model.partial'))
  held.times = 2
  await renameFolder(join(folder, 'model.partial'), join(folder, 'model'))
  expect(held.times).toBe(-1)
  expect(existsSync(join(folder, 'model'))).toBe(true)
})

it('what waiting does not mend is said at once', async () => {
  const folder = temporaryFolder()
  await expect(renameFolder(join(folder, 'none'), join(folder, 'model'))).rejects.toThrow('ENOENT')
})
