import type { Db } from './database.ts'

/** Words that no prompt may hold. Stored as given by the commands (folded there). */
export function createDeniedWords(db: Db) {
  const insert = db.prepare('INSERT OR IGNORE INTO words VALUES (?, ?, ?)')
  const remove = db.prepare('DELETE FROM words WHERE word = ?')
  const all = db.prepare('SELECT word FROM words ORDER BY word').pluck()
  return {
    add: (word: string, actor: string, now: number) => void insert.run(word, actor, now),
    /** False: it was not there. */
    remove: (word: string) => remove.run(word).changes > 0,
    all: () => all.all() as string[],
  }
}
