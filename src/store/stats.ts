import type { Db } from './database.ts'

/** One span of time, from `from` to the next. */
export interface StatsBucket {
  readonly from: number
  readonly pictures: number
  readonly failed: number
  /** From asking to the engine's start, of the jobs that ended in it. */
  readonly meanWaitMs: number
  readonly computeMs: number
  /** Thousandths of a credit, without those that went back. */
  readonly credits: number
}

export interface TopPerson {
  readonly person: number
  readonly name: string
  readonly pictures: number
}

/** Sums over finished jobs, for `/admin stats`. */
export function createStats(db: Db) {
  const buckets = db.prepare(
    `SELECT CAST((finished_at - @from) / @stepMs AS INTEGER) AS bucket,
     sum((SELECT count(*) FROM pictures WHERE pictures.job = jobs.id)) AS pictures,
     sum(state = 'failed') AS failed,
     coalesce(avg(started_at - created_at), 0) AS meanWaitMs,
     coalesce(sum(compute_ms), 0) AS computeMs,
     sum(CASE WHEN state = 'succeeded' AND NOT EXISTS
       (SELECT 1 FROM posts WHERE posts.job = jobs.id AND posts.state = 'undeliverable') THEN cost ELSE 0 END) AS credits
     FROM jobs WHERE finished_at >= @from GROUP BY bucket`,
  )
  // SQLite would rather read all jobs there ever were, person by person.
  const top = db.prepare(
    `SELECT person, pictures,
     (SELECT name FROM accounts WHERE accounts.person = best.person ORDER BY seen_at DESC LIMIT 1) AS name
     FROM (SELECT person, count(*) AS pictures FROM jobs INDEXED BY jobs_by_finish JOIN pictures ON pictures.job = jobs.id
       WHERE finished_at >= ? GROUP BY person ORDER BY pictures DESC, person LIMIT ?) AS best
     ORDER BY pictures DESC, person`,
  )
  return {
    /** Spans of `stepMs` from `from` up to `to`, empty ones too. */
    buckets(from: number, to: number, stepMs: number): StatsBucket[] {
      const rows = buckets.all({ from, stepMs }) as (StatsBucket & { bucket: number })[]
      const known = new Map(rows.map(({ bucket, ...row }) => [bucket, row]))
      const empty = { pictures: 0, failed: 0, meanWaitMs: 0, computeMs: 0, credits: 0 }
      return Array.from({ length: Math.ceil((to - from) / stepMs) }, (_, bucket) => ({
        ...empty,
        ...known.get(bucket),
        from: from + bucket * stepMs,
      }))
    },
    /** Who got most pictures since `since`. */
    top: (since: number, limit: number) => top.all(since, limit) as TopPerson[],
  }
}
