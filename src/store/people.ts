import type { Db } from './database.ts'

interface Account {
  readonly platform: string
  readonly account: string
  readonly person: number
  readonly name: string
}

/** People and the accounts they have on platforms. */
export function createPeople(db: Db) {
  const byAccount = db.prepare('SELECT person, name, seen_at FROM accounts WHERE platform = ? AND account = ?')
  const insertPerson = db.prepare('INSERT INTO people (created_at) VALUES (?)')
  const insertAccount = db.prepare('INSERT INTO accounts VALUES (?, ?, ?, ?, ?)')
  const touch = db.prepare('UPDATE accounts SET name = ?, seen_at = ? WHERE platform = ? AND account = ?')
  const accounts = db.prepare(`SELECT ${ACCOUNT} FROM accounts WHERE person = ? ORDER BY platform, account`)
  const named = db.prepare(
    `SELECT ${ACCOUNT} FROM accounts WHERE name = ? COLLATE NOCASE ORDER BY seen_at DESC LIMIT 10`,
  )

  return {
    /** The person behind an account, made at the first sight of it. */
    of(platform: string, account: string, name: string, now: number): number {
      const known = byAccount.get(platform, account) as { person: number; name: string; seen_at: number } | undefined
      if (!known) {
        return db.transaction(() => {
          const person = Number(insertPerson.run(now).lastInsertRowid)
          insertAccount.run(platform, account, person, name, now)
          return person
        })()
      }
      if (known.name !== name || now - known.seen_at > SEEN_EVERY_MS) touch.run(name, now, platform, account)
      return known.person
    },
    /** Without making one. */
    find(platform: string, account: string): number | undefined {
      return (byAccount.get(platform, account) as { person: number } | undefined)?.person
    },
    named: (name: string) => named.all(name) as Account[],
    accounts: (person: number) => accounts.all(person) as Account[],
  }
}

const ACCOUNT = 'platform, account, person, name'
// Every command would write a row otherwise.
const SEEN_EVERY_MS = 3_600_000
