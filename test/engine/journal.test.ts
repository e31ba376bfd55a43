import { readFileSync } from 'node:fs'
import { appendFile, constants, type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { openJournal } from '../../engine/checkpoint/journal.ts'
import { temporaryFolder } from '../support/folder.ts'

const onLinux = it.runIf(process.platform === 'linux')

onLinux('a journal tells the next run what was done, but for a line that was cut off, on Windows too', async () => {
  await likeWindows()
  const path = join(temporaryFolder(), 'journal')
  const first = await openJournal(path)
  await first.add('vae/ä')
  await first.close()
  await appendFile(path, 'vae/cu')

  const second = await openJournal(path)
  expect([second.has('vae/ä'), second.has('vae/cu')]).toEqual([true, false])
  await second.add('vae/b')
  await second.close()
  expect(readFileSync(path, 'utf8')).toBe('vae/ä\nvae/b\n')
})

/** Windows refuses to cut a file that is open for appending: such a handle may write nothing but at the end. */
async function likeWindows(): Promise<void> {
  const handle = await open(import.meta.filename)
  const kind: FileHandle = Object.getPrototypeOf(handle)
  await handle.close()
  const { truncate } = kind
  const spy = vi.spyOn(kind, 'truncate').mockImplementation(function (this: FileHandle, bytes) {
    const [, flags = ''] = /^flags:\s*(\d+)/mu.exec(readFileSync(`/proc/self/fdinfo/${this.fd}`, 'utf8')) ?? []
    if (Number.parseInt(flags, 8) & constants.O_APPEND) throw new Error('EPERM: operation not permitted, ftruncate')
    return truncate.call(this, bytes)
  })
  onTestFinished(() => spy.mockRestore())
}
