import type { Db } from './database.ts'

/** What an admin switched and a restart must not forget. */
export function createSwitches(db: Db) {
  const get = db.prepare('SELECT value FROM switches WHERE name = ?').pluck()
  const put = db.prepare('INSERT INTO switches VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
  return {
    get: (name: string) => get.get(name) as string | undefined,
    set: (name: string, value: string) => void put.run(name, value),
  }
}

/** The name of the switch that covers a chat's pictures. `chat` is `platform:id`. */
export function spoilerSwitch(chat: string): string {
  return `spoiler ${chat}`
}
