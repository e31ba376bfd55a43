import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Button, View, ViewFile, ViewPicture } from '../../src/chat.ts'
import type { TelegramClock } from './clock.ts'
import type { TelegramMemory } from './memory.ts'
import { accountAt, isGroup, nameOf, type Posted } from './route.ts'

/** Telegram compresses photos and drops what is written in them: this button gives the file itself. */
export const ORIGINAL = 'file'

// Anybody may press, again and again, and a group takes few messages a minute: the file is there to see meanwhile.
const SHOWN_MS = 60_000

export type Originals = ReturnType<typeof createOriginals>

interface Deps {
  readonly dataDir: string
  readonly memory: TelegramMemory
  readonly clock: TelegramClock
}

export function createOriginals({ dataDir, memory, clock }: Deps) {
  const noteOf = (posted: Posted) => `originals:${nameOf(posted)}`
  const shownAt = new Map<string, number>()

  return {
    /** A message shows these pictures; none: no longer any. */
    note(posted: Posted, pictures: readonly ViewPicture[]): void {
      const files = pictures.map(({ path, name }) => ({ path, name }))
      // A job's files come and go together.
      if (files[0]) memory.note(noteOf(posted), files, { account: accountAt(posted), picture: files[0].path })
      else if (memory.recall(noteOf(posted)) !== undefined) memory.note(noteOf(posted), undefined)
    },

    /** The files behind a message's pictures, those that are still there. */
    async read(posted: Posted): Promise<ViewFile[]> {
      const noted = (memory.recall(noteOf(posted)) ?? []) as readonly { readonly path: string; readonly name: string }[]
      const files = await Promise.all(
        noted.map(async ({ path, name }) => {
          const content = await readFile(resolve(dataDir, path)).catch(() => undefined)
          return content && { name, mime: 'image/png', content }
        }),
      )
      return files.filter((file) => file !== undefined)
    },

    /** To be asked before a message's files are shown: false where its group was shown them a moment ago. */
    claim(posted: Posted): boolean {
      const now = clock.now()
      // The clock may have been set back meanwhile.
      for (const [message, at] of shownAt) if (Math.abs(now - at) >= SHOWN_MS) shownAt.delete(message)
      const name = nameOf(posted)
      if (shownAt.has(name)) return false
      if (isGroup(posted.chat)) shownAt.set(name, now)
      return true
    },
  }
}

/** The buttons of a view, and one for the original where it shows pictures. The label needs no language. */
export function withOriginal({ pictures, buttons = [], job }: View): readonly (readonly Button[])[] {
  if (!pictures?.length) return buttons
  return [...buttons, [{ id: `${ORIGINAL}:${job ?? ''}`, label: '📄 PNG' }]]
}
