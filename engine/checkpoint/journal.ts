import { open } from 'node:fs/promises'

/** What was done already, a line each, kept over a crash. */
interface Journal {
  has(entry: string): boolean
  add(entry: string): Promise<void>
  close(): Promise<void>
}

/** Opens the journal, or begins one. A line that was cut off counts as not written. */
export async function openJournal(path: string): Promise<Journal> {
  const handle = await open(path, 'a+')
  const text = (await handle.readFile()).toString()
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  await handle.truncate(Buffer.byteLength(whole))
  const entries = new Set(whole.split('\n').filter(Boolean))
  return {
    has: (entry) => entries.has(entry),
    async add(entry) {
      await handle.appendFile(`${entry}\n`)
      await handle.datasync()
      entries.add(entry)
    },
    close: () => handle.close(),
  }
}
