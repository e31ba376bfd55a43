import { rename } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

// What Windows says of a folder as long as anybody has a file in it open. A virus scanner opens what was just written.
const HELD = ['EPERM', 'EACCES', 'EBUSY']
// Each twice as long as the one before: 13 s in all.
const WAITS_MS = Array.from({ length: 7 }, (_, i) => 100 * 2 ** i)

/** Gives a folder its name once it is complete, and waits for those who still look into it. */
export async function renameFolder(from: string, to: string): Promise<void> {
  for (const waitMs of WAITS_MS) {
    try {
      return await rename(from, to)
    } catch (error) {
      if (!HELD.includes((error as NodeJS.ErrnoException).code ?? '')) throw error
      await sleep(waitMs)
    }
  }
  await rename(from, to)
}
