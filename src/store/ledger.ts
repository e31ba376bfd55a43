import type { Db } from './database.ts'
import { withoutNulls } from './row.ts'

type EntryKind = 'reserve' | 'settle' | 'refund' | 'grant' | 'adjust'

/** One entry: never changed, never deleted but with its person or its job (person-data.ts). Amounts are thousandths of a credit. */
export interface Entry {
  readonly id: number
  readonly person: number
  readonly kind: EntryKind
  /** Added to what the person has: a reserve is negative, a settle 0. */
  readonly amount: number
  /** The refill that began the day whose allowance it touches. */
  readonly day?: number
  /** Or the grant it touches. A grant has neither. */
  readonly source?: number
  readonly job?: number
  readonly at: number
  /** `platform:account`, or `zimagine`. */
  readonly actor: string
  readonly reason?: string
  readonly expiresAt?: number
  /** The platform event that asked for it. Unique. */
  readonly event?: string
}

/** A grant and what is left of it. */
export interface Grant {
  readonly id: number
  readonly left: number
  readonly expiresAt?: number
}

export function createLedger(db: Db) {
  const insert = db.prepare(
    `INSERT INTO ledger (person, kind, amount, day, source, job, at, actor, reason, expires_at, event)
     VALUES (@person, @kind, @amount, @day, @source, @job, @at, @actor, @reason, @expiresAt, @event)`,
  )
  const sumOfDay = db.prepare('SELECT coalesce(sum(amount), 0) FROM ledger WHERE person = ? AND day = ?').pluck()
  const openOfDay = db
    .prepare(
      `SELECT coalesce(sum(amount), 0) FROM ledger AS reserved WHERE person = ? AND day = ? AND kind = 'reserve' AND NOT EXISTS
       (SELECT 1 FROM ledger AS end WHERE end.job = reserved.job AND end.kind IN ('settle', 'refund'))`,
    )
    .pluck()
  // SQLite would rather read all entries there ever were of the person.
  const grants = db.prepare(
    `SELECT id, expires_at AS expiresAt,
     amount + (SELECT coalesce(sum(amount), 0) FROM ledger AS spent WHERE spent.source = ledger.id) AS left
     FROM ledger INDEXED BY ledger_grants WHERE person = ? AND kind = 'grant' AND (expires_at IS NULL OR expires_at > ?)
     ORDER BY expires_at IS NULL, expires_at, id`,
  )
  const ofJob = db.prepare(`SELECT ${COLUMNS} FROM ledger WHERE job = ? ORDER BY id`)
  return {
    add: (entry: Omit<Entry, 'id'>) => void insert.run({ ...TELLS_NOTHING, ...entry }),
    /** Of everything that touched the allowance of the day that began with this refill: what was spent, negative. */
    sumOfDay: (person: number, day: number) => sumOfDay.get(person, day) as number,
    /** What of that is reserved by jobs that have not ended, negative. */
    openOfDay: (person: number, day: number) => openOfDay.get(person, day) as number,
    /** Not expired, the first to expire first. */
    grants: (person: number, now: number) => grants.all(person, now).map(withoutNulls<Grant>),
    ofJob: (job: number) => ofJob.all(job).map(withoutNulls<Entry>),
  }
}

const TELLS_NOTHING = { day: null, source: null, job: null, reason: null, expiresAt: null, event: null }

const COLUMNS = 'id, person, kind, amount, day, source, job, at, actor, reason, expires_at AS expiresAt, event'
