import type { Db } from './database.ts'

/** Short codes by which a person shows that two accounts are theirs. Used once. */
export function createLinkCodes(db: Db) {
  const insert = db.prepare('INSERT OR REPLACE INTO link_codes VALUES (?, ?, ?)')
  const removeOf = db.prepare('DELETE FROM link_codes WHERE person = ?')
  const removeOld = db.prepare('DELETE FROM link_codes WHERE expires_at <= ?')
  const find = db.prepare('SELECT person FROM link_codes WHERE code = ? AND expires_at > ?').pluck()
  return {
    /** Takes back the codes the person had. */
    add(code: string, person: number, expiresAt: number): void {
      db.transaction(() => {
        removeOf.run(person)
        insert.run(code, person, expiresAt)
      })()
    },
    find: (code: string, now: number) => find.get(code, now) as number | undefined,
    removeOf: (person: number) => void removeOf.run(person),
    removeExpired: (now: number) => void removeOld.run(now),
  }
}
