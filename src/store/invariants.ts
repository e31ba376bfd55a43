import Database from 'better-sqlite3'
import type { Db } from './database.ts'

/** Whether an invariant holds. */
export interface CheckedInvariant {
  readonly invariant: Invariant
  /** Where it does not: a few ids or messages, and how many there are. */
  readonly broken: readonly string[]
  readonly count: number
}

/** What must hold. `messages/` has the words. */
export type Invariant = 'sound-file' | 'references' | keyof typeof QUERIES | 'picture-files'

const SHOWN = 5

/**
 * Checks what must hold in every database, whatever happened to the process. One read transaction: a running service may go
 * on. Of one that is damaged, each invariant that can't be looked at is broken.
 */
export function checkInvariants(db: Db): CheckedInvariant[] {
  const lookAt = (invariant: Invariant, look: () => readonly string[]) => checked(invariant, lookedAt(look))
  db.exec('BEGIN')
  try {
    return [
      lookAt('sound-file', () =>
        (db.pragma('integrity_check') as { integrity_check: string }[])
          .map((row) => row.integrity_check)
          .filter((text) => text !== 'ok'),
      ),
      lookAt('references', () =>
        (db.pragma('foreign_key_check') as { table: string; rowid: number }[]).map(
          ({ table, rowid }) => `${table} ${rowid}`,
        ),
      ),
      ...Object.entries(QUERIES).map(([invariant, sql]) =>
        lookAt(invariant as Invariant, () => (db.prepare(sql).pluck().all() as unknown[]).map(String)),
      ),
    ]
  } finally {
    // Nothing was written; and of a damaged index a commit would fail.
    db.exec('ROLLBACK')
  }
}

/** What `look` finds; where the file is too damaged to look, what SQLite says of that. */
export function lookedAt(look: () => readonly string[]): readonly string[] {
  try {
    return look()
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error
    return [error.message]
  }
}

/** An invariant, and a few of those that break it. */
export function checked(invariant: Invariant, broken: readonly string[]): CheckedInvariant {
  return { invariant, broken: broken.slice(0, SHOWN), count: broken.length }
}

/** Per job: what its ledger entries add up to, by kind. */
const MONEY = `WITH money AS (
  SELECT jobs.id, jobs.state, jobs.cost, posts.state AS post,
    coalesce(sum(-ledger.amount) FILTER (WHERE kind = 'reserve'), 0) AS reserved,
    coalesce(sum(ledger.amount) FILTER (WHERE kind = 'refund'), 0) AS refunded,
    count(*) FILTER (WHERE kind = 'reserve') AS reserves,
    count(*) FILTER (WHERE kind = 'settle') AS settles,
    count(*) FILTER (WHERE kind = 'refund') AS refunds
  FROM jobs LEFT JOIN ledger ON ledger.job = jobs.id LEFT JOIN posts ON posts.job = jobs.id GROUP BY jobs.id)
  SELECT 'job ' || id FROM money WHERE NOT `

/** Each query gives the rows that break its invariant. */
const QUERIES = {
  // A job reserved just what it costs.
  reserved: `${MONEY} (reserved = cost AND reserves > 0)`,
  // A failed or cancelled job was refunded once, in full.
  refunded: `${MONEY}
    (state NOT IN ('failed', 'cancelled') OR (refunds = reserves AND settles = 0 AND refunded = reserved))`,
  // A delivered job was settled once.
  settled: `${MONEY}
    (state <> 'succeeded' OR post NOT IN ('posted', 'doubtful') OR (settles = reserves AND refunds = 0))`,
  // An undeliverable job was refunded once, in full.
  undeliverable: `${MONEY}
    (post IS NOT 'undeliverable' OR (refunds = reserves AND settles = 0 AND refunded = reserved))`,
  // A job that is not told yet is neither settled nor refunded.
  untold: `${MONEY}
    (NOT (state IN ('queued', 'running') OR (state = 'succeeded' AND post IN ('waiting', 'sending'))) OR settles + refunds = 0)`,
  // What is missing in the ledger is what undone and delivered jobs cost.
  sum: `
    SELECT 'Σ ' || spent || ' of ' || owed FROM
      (SELECT -coalesce(sum(amount), 0) AS spent FROM ledger WHERE kind IN ('reserve', 'settle', 'refund')),
      (SELECT coalesce(sum(cost), 0) AS owed FROM jobs LEFT JOIN posts ON posts.job = jobs.id
       WHERE jobs.state NOT IN ('failed', 'cancelled') AND posts.state IS NOT 'undeliverable')
    WHERE spent <> owed`,
  // No grant is overspent.
  grants: `
    SELECT 'grant ' || id FROM ledger AS gift WHERE kind = 'grant'
    AND amount + (SELECT coalesce(sum(amount), 0) FROM ledger WHERE ledger.source = gift.id) < 0`,
  // An entry and its job or grant belong to one person.
  owners: `
    SELECT 'entry ' || ledger.id FROM ledger LEFT JOIN jobs ON jobs.id = ledger.job
    LEFT JOIN ledger AS gift ON gift.id = ledger.source
    WHERE ledger.person <> coalesce(jobs.person, ledger.person) OR ledger.person <> coalesce(gift.person, ledger.person)`,
  // Every job that ended is in the outbox, no other is.
  outbox: `
    SELECT 'job ' || jobs.id FROM jobs LEFT JOIN posts ON posts.job = jobs.id
    WHERE (jobs.finished_at IS NULL) <> (posts.job IS NULL)`,
  // A job that succeeded has all its pictures, no other has any.
  pictures: `
    SELECT 'job ' || jobs.id FROM jobs WHERE (SELECT count(*) FROM pictures WHERE pictures.job = jobs.id) <>
    CASE state WHEN 'succeeded' THEN coalesce(json_extract(request, '$.count'), 1) ELSE 0 END`,
  // Every prompt can be searched, forgotten ones cannot.
  prompts: `
    SELECT 'job ' || jobs.id FROM jobs LEFT JOIN prompts ON prompts.rowid = jobs.id
    WHERE (jobs.prompt = '') <> (prompts.rowid IS NULL)`,
}

interface PictureFile {
  readonly path: string
  readonly bytes: number
}

/** Every file that must be there. */
export function pictureFiles(db: Db): PictureFile[] {
  return db.prepare('SELECT DISTINCT path, bytes FROM pictures WHERE deleted_at IS NULL').all() as PictureFile[]
}
