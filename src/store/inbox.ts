import type { Json } from '../chat.ts'
import type { Clock } from '../clock.ts'
import type { Db } from './database.ts'

/** Updates of platforms that deliver at least once: kept before they are confirmed, known when they come again. */
export function createInbox(db: Db) {
  const insert = db.prepare('INSERT OR IGNORE INTO updates (platform, id, content, kept_at) VALUES (?, ?, ?, ?)')
  const open = db
    .prepare('SELECT content FROM updates WHERE platform = ? AND finished_at IS NULL ORDER BY kept_at, id')
    .pluck()
  // What was in it is nobody's business any more; that it was there is.
  const finish = db.prepare("UPDATE updates SET finished_at = ?, content = 'null' WHERE platform = ? AND id = ?")
  const forget = db.prepare('DELETE FROM updates WHERE finished_at < ?')
  return {
    /** One platform's updates. `keep` is false for a repeat. */
    of: (platform: string, clock: Pick<Clock, 'now'>) => ({
      keep: (id: number, content: Json): boolean =>
        insert.run(platform, id, JSON.stringify(content), clock.now()).changes > 0,
      unfinished: (): Json[] => (open.all(platform) as string[]).map((content) => JSON.parse(content) as Json),
      finish: (id: number): void => void finish.run(clock.now(), platform, id),
    }),
    /** Updates that were finished before `before`. */
    forget: (before: number) => void forget.run(before),
  }
}
