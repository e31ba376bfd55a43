import type { Json } from '../chat.ts'
import type { Db } from './database.ts'

export type Notes = ReturnType<typeof createNotes>

/** What an adapter, or the house about its engines, wants to find again after a restart, by name. */
export function createNotes(db: Db) {
  const get = db.prepare('SELECT value FROM notes WHERE platform = ? AND name = ?').pluck()
  const put = db.prepare('INSERT INTO notes VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
  const remove = db.prepare('DELETE FROM notes WHERE platform = ? AND name = ?')
  return {
    /** One platform's notes, or those of `engine`. */
    of: (platform: string) => ({
      recall(name: string): Json | undefined {
        const value = get.get(platform, name) as string | undefined
        return value === undefined ? undefined : (JSON.parse(value) as Json)
      },
      /** Undefined removes it. */
      note(name: string, value: Json | undefined): void {
        if (value === undefined) remove.run(platform, name)
        else put.run(platform, name, JSON.stringify(value))
      },
    }),
  }
}
