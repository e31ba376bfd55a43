import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockFolder } from '../../src/store/lock.ts'
import { temporaryFolder } from '../support/folder.ts'

const MODULE = new URL('../../src/store/lock.ts', import.meta.url).href

test('a second process is refused while the first holds the folder, and not once it was killed', async () => {
  const path = join(temporaryFolder(), 'lock')
  const code = `import { lockFolder } from '${MODULE}'
    globalThis.lock = lockFolder(process.argv[1]); console.log('locked'); setInterval(() => {}, 1e6)`
  const holder = spawn(process.execPath, ['--input-type=module-typescript', '-e', code, path])
  await once(holder.stdout, 'data')
  expect(() => lockFolder(path)).toThrow(/is locked/u)
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  lockFolder(path).release()
})

test('where it cannot be taken, the operating system says why', () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  expect(() => lockFolder(join(file, 'lock'))).toThrow(`ENOTDIR: not a directory, open '${join(file, 'lock')}'`)
})

test('a released folder can be taken again', () => {
  const path = join(temporaryFolder(), 'lock')
  lockFolder(path).release()
  lockFolder(path).release()
})

test('the lock takes no room, so a full disk keeps nobody from making some', () => {
  const folder = temporaryFolder()
  const { release } = lockFolder(join(folder, 'lock'))
  expect(readdirSync(folder)).toEqual(['lock'])
  expect(statSync(join(folder, 'lock')).size).toBe(0)
  release()
})
