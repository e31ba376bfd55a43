import type { Db } from './database.ts'

/** Jobs that people keep: their pictures outlive the retention time. */
export function createStars(db: Db) {
  const insert = db.prepare('INSERT OR IGNORE INTO stars VALUES (?, ?, ?)')
  const remove = db.prepare('DELETE FROM stars WHERE person = ? AND job = ?')
  const has = db.prepare('SELECT 1 FROM stars WHERE person = ? AND job = ?')
  return {
    add: (person: number, job: number, now: number) => void insert.run(person, job, now),
    remove: (person: number, job: number) => void remove.run(person, job),
    has: (person: number, job: number) => has.get(person, job) !== undefined,
  }
}
