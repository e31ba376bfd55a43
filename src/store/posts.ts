import type { Db } from './database.ts'

/**
 * The outbox: how the end of a job is told to its chat.
 *
 *     waiting ──▶ posted            the chat shows it
 *        │ ▲  ──▶ undeliverable     no message, chat or person takes it any more: the credits went back
 *        ▼ │
 *     sending ──▶ posted
 *             ──▶ doubtful          sent, the answer was lost: it probably arrived, and is not repeated
 *             ──▶ undeliverable
 *
 * Changing a message can be repeated without harm, so that happens while `waiting`. Posting a new one cannot: `sending`
 * is written before, so that a process killed in between finds it at its next start. Such a post goes back to `waiting`
 * with `repeated` set: it is sent once more under the same key, and may then be there twice.
 */
export type PostState = 'waiting' | 'sending' | 'posted' | 'doubtful' | 'undeliverable'

interface Post {
  readonly state: PostState
  readonly attempts: number
  readonly dueAt: number
  readonly repeated: 0 | 1
}

export function createPosts(db: Db) {
  // Due at once, wherever the clock is set meanwhile.
  const insert = db.prepare("INSERT INTO posts (job, state, due_at, created_at) VALUES (?, 'waiting', 0, ?)")
  const get = db.prepare('SELECT state, attempts, due_at AS dueAt, repeated FROM posts WHERE job = ?')
  const open = db.prepare("SELECT job FROM posts WHERE state IN ('waiting', 'sending') ORDER BY due_at, job").pluck()
  const sending = db.prepare("UPDATE posts SET state = 'sending' WHERE job = ? AND state = 'waiting'")
  // SQLite finds the index of open posts only where its whole condition is written out.
  const recover = db.prepare(
    `UPDATE posts SET state = 'waiting', repeated = 1, attempts = attempts + 1
     WHERE state IN ('waiting', 'sending') AND state = 'sending'`,
  )
  const retry = db.prepare(
    `UPDATE posts SET state = 'waiting', attempts = attempts + 1, due_at = ?, error = ?
     WHERE job = ? AND state IN ('waiting', 'sending')`,
  )
  const close = db.prepare(
    `UPDATE posts SET state = @state, posted_at = @postedAt, error = @error
     WHERE job = @job AND state IN ('waiting', 'sending')`,
  )
  const count = db.prepare("SELECT count(*) FROM posts WHERE state IN ('waiting', 'sending')").pluck()
  return {
    add: (job: number, now: number) => void insert.run(job, now),
    get: (job: number) => get.get(job) as Post | undefined,
    /** Ids of the jobs whose end is still to be told, the first that is due first. */
    open: () => open.all() as number[],
    countOpen: () => count.get() as number,
    /** False: it was closed already. */
    sending: (job: number) => sending.run(job).changes > 0,
    /** At start: what was under way when the process ended is sent once more. */
    recover: () => recover.run().changes,
    retry: (job: number, dueAt: number, error: string) => void retry.run(dueAt, error, job),
    /** False: it was closed already. */
    close(job: number, state: 'posted' | 'doubtful' | 'undeliverable', now: number, error?: string): boolean {
      const postedAt = state === 'undeliverable' ? null : now
      return close.run({ job, state, postedAt, error }).changes > 0
    },
  }
}
