import type { Db } from './database.ts'
import { withoutNulls } from './row.ts'

/** `blocked`: may not ask for pictures. `allowed`: may, even where nobody else may (chats that are closed by default). */
export type VerdictKind = 'blocked' | 'allowed'
type VerdictScope = 'person' | 'chat'

interface Verdict {
  readonly scope: VerdictScope
  /** The id of a person, `platform:id` of a chat. */
  readonly key: string
  readonly verdict: VerdictKind
  readonly actor: string
  readonly reason?: string
  readonly at: number
  readonly expiresAt?: number
}

/** Who is blocked, which chats are allowed. */
export function createVerdicts(db: Db) {
  const put = db.prepare(
    `INSERT INTO verdicts VALUES (@scope, @key, @verdict, @actor, @reason, @at, @expiresAt)
     ON CONFLICT DO UPDATE SET verdict = @verdict, actor = @actor, reason = @reason, at = @at, expires_at = @expiresAt`,
  )
  const remove = db.prepare('DELETE FROM verdicts WHERE scope = ? AND key = ?')
  const get = db.prepare(
    `SELECT ${COLUMNS} FROM verdicts WHERE scope = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)`,
  )
  const all = db.prepare(`SELECT ${COLUMNS} FROM verdicts WHERE expires_at IS NULL OR expires_at > ? ORDER BY at DESC`)
  return {
    put: (verdict: Verdict) => void put.run({ reason: null, expiresAt: null, ...verdict }),
    remove: (scope: VerdictScope, key: string) => remove.run(scope, key).changes > 0,
    get(scope: VerdictScope, key: string, now: number): Verdict | undefined {
      const row = get.get(scope, key, now)
      return row === undefined ? undefined : withoutNulls<Verdict>(row)
    },
    all: (now: number) => all.all(now).map(withoutNulls<Verdict>),
  }
}

const COLUMNS = 'scope, key, verdict, actor, reason, at, expires_at AS expiresAt'
