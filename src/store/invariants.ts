import type { Db } from './database.ts'

export interface Finding {
  /** What must hold, in words. */
  readonly rule: string
  /** Where it does not: a few ids or messages, and how many there are. */
  readonly broken: readonly string[]
  readonly count: number
}

const SHOWN = 5

/** Checks what must hold in every database, whatever happened to the process. One read transaction: a running service may go on. */
export function checkInvariants(db: Db): Finding[] {
  return db.transaction(() => [
    finding(
      'the file is sound',
      (db.pragma('integrity_check') as { integrity_check: string }[])
        .map((row) => row.integrity_check)
        .filter((text) => text !== 'ok'),
    ),
    finding(
      'every reference has its row',
      (db.pragma('foreign_key_check') as { table: string; rowid: number }[]).map(
        ({ table, rowid }) => `${table} ${rowid}`,
      ),
    ),
    ...Object.entries(RULES).map(([rule, sql]) =>
      finding(rule, (db.prepare(sql).pluck().all() as unknown[]).map(String)),
    ),
  ])()
}

function finding(rule: string, broken: string[]): Finding {
  return { rule, broken: broken.slice(0, SHOWN), count: broken.length }
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

/** Each query gives the rows that break its rule. */
const RULES = {
  'a job reserved just what it costs': `${MONEY} (reserved = cost AND reserves > 0)`,
  'a failed or cancelled job was refunded once, in full': `${MONEY}
    (state NOT IN ('failed', 'cancelled') OR (refunds = reserves AND settles = 0 AND refunded = reserved))`,
  'a delivered job was settled once': `${MONEY}
    (state <> 'succeeded' OR post NOT IN ('posted', 'doubtful') OR (settles = reserves AND refunds = 0))`,
  'an undeliverable job was refunded once, in full': `${MONEY}
    (post IS NOT 'undeliverable' OR (refunds = reserves AND settles = 0 AND refunded = reserved))`,
  'a job that is not told yet is neither settled nor refunded': `${MONEY}
    (NOT (state IN ('queued', 'running') OR (state = 'succeeded' AND post IN ('waiting', 'sending'))) OR settles + refunds = 0)`,
  'the ledger adds up: what is missing is what undone and delivered jobs cost': `
    SELECT 'Σ ' || spent || ' of ' || owed FROM
      (SELECT -coalesce(sum(amount), 0) AS spent FROM ledger WHERE kind IN ('reserve', 'settle', 'refund')),
      (SELECT coalesce(sum(cost), 0) AS owed FROM jobs LEFT JOIN posts ON posts.job = jobs.id
       WHERE jobs.state NOT IN ('failed', 'cancelled') AND posts.state IS NOT 'undeliverable')
    WHERE spent <> owed`,
  'no grant is overspent': `
    SELECT 'grant ' || id FROM ledger AS gift WHERE kind = 'grant'
    AND amount + (SELECT coalesce(sum(amount), 0) FROM ledger WHERE ledger.source = gift.id) < 0`,
  'an entry and its job or grant belong to one person': `
    SELECT 'entry ' || ledger.id FROM ledger LEFT JOIN jobs ON jobs.id = ledger.job
    LEFT JOIN ledger AS gift ON gift.id = ledger.source
    WHERE ledger.person <> coalesce(jobs.person, ledger.person) OR ledger.person <> coalesce(gift.person, ledger.person)`,
  'every job that ended is in the outbox, no other is': `
    SELECT 'job ' || jobs.id FROM jobs LEFT JOIN posts ON posts.job = jobs.id
    WHERE (jobs.finished_at IS NULL) <> (posts.job IS NULL)`,
  'a job that succeeded has all its pictures, no other has any': `
    SELECT 'job ' || jobs.id FROM jobs WHERE (SELECT count(*) FROM pictures WHERE pictures.job = jobs.id) <>
    CASE state WHEN 'succeeded' THEN coalesce(json_extract(request, '$.count'), 1) ELSE 0 END`,
  'every prompt can be searched, forgotten ones cannot': `
    SELECT 'job ' || jobs.id FROM jobs LEFT JOIN prompts ON prompts.rowid = jobs.id
    WHERE (jobs.prompt = '') <> (prompts.rowid IS NULL)`,
}

export interface PictureFile {
  readonly path: string
  readonly bytes: number
}

/** Every file that must be there. */
export function pictureFiles(db: Db): PictureFile[] {
  return db.prepare('SELECT DISTINCT path, bytes FROM pictures WHERE deleted_at IS NULL').all() as PictureFile[]
}
