import type { Db } from './database.ts'

/** Words that no prompt may hold. Stored as given by the commands (folded there). */
export function createDeniedWords(db: Db) {
  const insert = db.prepare('INSERT OR IGNORE INTO words VALUES (?, ?, ?)')
  const remove = db.prepare('DELETE FROM words WHERE word = ?')
  const all = db.prepare('SELECT word FROM words ORDER BY word').pluck()
  return {
    /** False: it was there already. */
    add: (word: string, actor: string, now: number) => insert.run(word, actor, now).changes > 0,
    remove: (word: string) => remove.run(word).changes > 0,
    all: () => all.all() as string[],
  }
}
