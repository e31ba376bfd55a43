import type { Db } from './database.ts'

/** A person's own defaults, by name. What a name means is the commands' matter. */
export function createSettings(db: Db) {
  const all = db.prepare('SELECT name, value FROM settings WHERE person = ?')
  const one = db.prepare('SELECT value FROM settings WHERE person = ? AND name = ?').pluck()
  const put = db.prepare('INSERT INTO settings VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
  const remove = db.prepare('DELETE FROM settings WHERE person = ? AND name = ?')
  return {
    all(person: number): Readonly<Record<string, string>> {
      const rows = all.all(person) as { name: string; value: string }[]
      return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
    },
    get: (person: number, name: string) => one.get(person, name) as string | undefined,
    /** Undefined takes the setting back. */
    set(person: number, name: string, value: string | undefined): void {
      if (value === undefined) remove.run(person, name)
      else put.run(person, name, value)
    },
  }
}
