import { constants, open } from 'node:fs/promises'
import { writeWhole } from './whole.ts'

/** What was done already, a line each, kept over a crash. */
interface Journal {
  has(entry: string): boolean
  add(entry: string): Promise<void>
  close(): Promise<void>
}

/** Opens the journal, or begins one. A line that was cut off counts as not written. */
export async function openJournal(path: string): Promise<Journal> {
  // Not for appending: Windows cuts no file that is open for that alone.
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT)
  const text = (await handle.readFile()).toString()
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  let end = Buffer.byteLength(whole)
  await handle.truncate(end)
  const entries = new Set(whole.split('\n').filter(Boolean))
  return {
    has: (entry) => entries.has(entry),
    async add(entry) {
      const line = Buffer.from(`${entry}\n`)
      await writeWhole(handle, line, end)
      await handle.datasync()
      end += line.length
      entries.add(entry)
    },
    close: () => handle.close(),
  }
}
