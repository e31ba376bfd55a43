import type { Json } from '../chat.ts'
import type { Db } from './database.ts'

export interface AuditEntry {
  readonly at: number
  /** `platform:account` of who did it. */
  readonly actor: string
  readonly action: string
  readonly target: string
  readonly details: Json
  readonly reason: string | undefined
}

/** Everything an admin or moderator did. Rows are only ever added. */
export function createAudit(db: Db) {
  const insert = db.prepare('INSERT INTO audit (at, actor, action, target, details, reason) VALUES (?, ?, ?, ?, ?, ?)')
  const count = db.prepare('SELECT count(*) FROM audit').pluck()
  const recent = db.prepare(
    'SELECT at, actor, action, target, details, reason FROM audit ORDER BY id DESC LIMIT ? OFFSET ?',
  )
  return {
    add(entry: AuditEntry): void {
      const { at, actor, action, target, details, reason } = entry
      insert.run(at, actor, action, target, JSON.stringify(details), reason)
    },
    count: () => count.get() as number,
    recent(limit: number, offset = 0): AuditEntry[] {
      const rows = recent.all(limit, offset) as (Omit<AuditEntry, 'details'> & { details: string })[]
      return rows.map((row) => ({ ...row, details: JSON.parse(row.details), reason: row.reason ?? undefined }))
    },
  }
}
