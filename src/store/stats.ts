import type { Db } from './database.ts'

/** One day of UTC. */
export interface StatsDay {
  /** When it began. */
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

export const DAY_MS = 86_400_000

/** Sums over finished jobs, for `/admin stats`. */
export function createStats(db: Db) {
  const days = db.prepare(
    `SELECT CAST((finished_at - @from) / ${DAY_MS} AS INTEGER) AS day,
     sum((SELECT count(*) FROM pictures WHERE pictures.job = jobs.id)) AS pictures,
     sum(state = 'failed') AS failed,
     coalesce(avg(started_at - created_at), 0) AS meanWaitMs,
     coalesce(sum(compute_ms), 0) AS computeMs,
     sum(CASE WHEN state = 'succeeded' AND NOT EXISTS
       (SELECT 1 FROM posts WHERE posts.job = jobs.id AND posts.state = 'undeliverable') THEN cost ELSE 0 END) AS credits
     FROM jobs WHERE finished_at >= @from GROUP BY day`,
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
    /** So many days up to that of `now`, empty ones too. */
    days(now: number, count: number): StatsDay[] {
      const from = (Math.floor(now / DAY_MS) + 1 - count) * DAY_MS
      const rows = days.all({ from }) as (StatsDay & { day: number })[]
      const known = new Map(rows.map(({ day, ...row }) => [day, row]))
      const empty = { pictures: 0, failed: 0, meanWaitMs: 0, computeMs: 0, credits: 0 }
      return Array.from({ length: count }, (_, day) => ({ ...empty, ...known.get(day), from: from + day * DAY_MS }))
    },
    /** Who got most pictures since `since`. */
    top: (since: number, limit: number) => top.all(since, limit) as TopPerson[],
  }
}
