import { once } from 'node:events'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readAhead } from '../../engine/read-ahead.ts'
import { temporaryFolder } from '../support/folder.ts'

const LENGTH = 2 ** 28

/** What this process has read so far, from the cache or not. */
const readBytes = () => Number(/rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])

describe.runIf(process.platform === 'linux')('reading ahead', () => {
  it('reads just the bytes that are wanted', async () => {
    const ranges = [{ file: hollowFile(3 * LENGTH), offset: LENGTH, length: LENGTH }]
    const before = readBytes()
    await once(readAhead(ranges, LENGTH)!, 'exit')
    const got = readBytes() - before
    expect(got).toBeGreaterThanOrEqual(LENGTH)
    expect(got).toBeLessThan(LENGTH + 2 ** 24)
  })

  it('leaves a file that is not there to whoever loads it', async () => {
    const worker = readAhead([{ file: '/nowhere/model.safetensors', offset: 0, length: LENGTH }], LENGTH)!
    expect(await new Promise((resolve) => worker.once('exit', resolve))).toBe(1)
  })

  it('does nothing where the memory is short or there is little to read', () => {
    const range = { file: hollowFile(LENGTH), offset: 0, length: LENGTH }
    expect(readAhead([range], LENGTH - 1)).toBeUndefined()
    expect(readAhead([{ ...range, length: LENGTH - 1 }], LENGTH)).toBeUndefined()
  })
})

function hollowFile(bytes: number): string {
  const file = join(temporaryFolder(), 'hollow')
  writeFileSync(file, '')
  truncateSync(file, bytes)
  return file
}
