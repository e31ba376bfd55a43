import type { Json } from '../chat.ts'
import type { Db } from './database.ts'

interface About {
  readonly account?: string
  /** Below the data folder. */
  readonly picture?: string
  readonly at?: number
}

/** What an adapter, or the house about its engines and about events, wants to find again after a restart, by name. */
export function createNotes(db: Db) {
  const get = db.prepare('SELECT value FROM notes WHERE platform = ? AND name = ?').pluck()
  const put = db.prepare(
    `INSERT OR REPLACE INTO notes (platform, name, value, account, picture, at)
     VALUES (@platform, @name, @value, @account, @picture, @at)`,
  )
  const remove = db.prepare('DELETE FROM notes WHERE platform = ? AND name = ?')
  const forget = db.prepare('DELETE FROM notes WHERE at < ?')
  return {
    /** One platform's notes, or those of `engine` or `events`. */
    of: (platform: string) => ({
      recall(name: string): Json | undefined {
        const value = get.get(platform, name) as string | undefined
        return value === undefined ? undefined : (JSON.parse(value) as Json)
      },
      /** Undefined removes it. It goes with the first of what it is `about`: an account, a picture's file, a moment. */
      note(name: string, value: Json | undefined, about: About = {}): void {
        const { account = null, picture = null, at = null } = about
        if (value === undefined) remove.run(platform, name)
        else put.run({ platform, name, value: JSON.stringify(value), account, picture, at })
      },
    }),
    /** Those with a time before `before`: they are made for the next event, or for the same one when it comes again. */
    forget: (before: number) => void forget.run(before),
  }
}
