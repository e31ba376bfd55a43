import type { ImageRequest } from '../../engine/engine.ts'
import type { Address, Json, MessageRef } from '../chat.ts'
import type { Db } from './database.ts'

/**
 * A job's life, held by the database:
 *
 *     queued ──▶ running ──▶ succeeded     its pictures are on disk, its post is in the outbox
 *       │  ◀──────  │  ├───▶ failed        `outcome` is the code
 *       │           │  └───▶ cancelled     `outcome` is who did it
 *       ├───────────┴──────▶ cancelled
 *       ├──────────────────▶ failed        not tried (again): too large, for another model, or in too many crashes
 *       └──────────────────▶ succeeded     an exact replay: the picture was there already
 *
 * The row, the reservation of its credits and its dedupe key (`event`) are written in one transaction, before anybody is
 * told "queued". A job goes back from running to queued when the process stopped or the engine crashed; it keeps its
 * place, because the line is ordered by id within a person. Every end writes a row of the outbox (posts.ts) in its own
 * transaction; whether that end was told, and with it whether credits are settled, is the post's state, not the job's.
 */
export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'

/** `here`: asked for in a chat for adults. `elsewhere`: made outside of one, from a picture of one. */
type AgeRestriction = 'here' | 'elsewhere'

export interface NewJob {
  /** `platform:key` of the event that asked for it. Unique. */
  readonly event: string
  readonly person: number
  readonly address: Address
  /** As typed, for people to read; the request holds what the engine gets. */
  readonly prompt: string
  readonly style?: string
  readonly request: ImageRequest
  /** The job it was made from. */
  readonly source?: number
  readonly private: boolean
  readonly ageRestricted?: AgeRestriction
  readonly language: string
  readonly priority: number
  readonly weight: number
  /** Thousandths of a credit. */
  readonly cost: number
}

export interface Job extends NewJob {
  readonly id: number
  readonly state: JobState
  /** The message that shows it, once known. */
  readonly message: MessageRef | undefined
  readonly attempts: number
  readonly createdAt: number
  readonly startedAt: number | undefined
  readonly finishedAt: number | undefined
  /** Engine time of all its pictures. */
  readonly computeMs: number | undefined
  readonly outcome: string | undefined
}

export type Ending =
  | { readonly state: 'succeeded'; readonly computeMs: number; readonly recipe: string }
  | { readonly state: 'failed'; readonly code: string }
  | { readonly state: 'cancelled'; readonly by: string }

export interface HistoryQuery {
  readonly person: number
  readonly limit: number
  readonly offset?: number
  readonly starred?: boolean
}

// What was erased waits for the refill, for what it cost alone: neither words nor a way to its chat are left (person-data.ts).
const KEPT = "NOT (prompt = '' AND route = 'null')"

export function createJobs(db: Db) {
  const insert = db.prepare(
    `INSERT INTO jobs (event, person, state, platform, chat, route, prompt, style, request, source, private, language,
     age_restricted, priority, weight, cost, created_at) VALUES (@event, @person, 'queued', @platform, @chat, @route,
     @prompt, @style, @request, @source, @private, @language, @ageRestricted, @priority, @weight, @cost, @createdAt)`,
  )
  const get = db.prepare('SELECT * FROM jobs WHERE id = ?')
  const byEvent = db.prepare('SELECT * FROM jobs WHERE event = ?')
  const byRecipe = db.prepare(
    `SELECT * FROM jobs WHERE recipe = ? AND state = 'succeeded'
     AND NOT EXISTS (SELECT 1 FROM pictures WHERE pictures.job = jobs.id AND deleted_at IS NOT NULL)
     ORDER BY id DESC LIMIT 1`,
  )
  const start = db.prepare(
    "UPDATE jobs SET state = 'running', started_at = ?, attempts = attempts + 1 WHERE id = ? AND state = 'queued'",
  )
  const putBack = db.prepare(
    `UPDATE jobs SET state = 'queued', started_at = NULL, attempts = attempts - ? WHERE id = ? AND state = 'running'`,
  )
  // SQLite finds the index of unfinished jobs only where its whole condition is written out.
  const recover = db.prepare(
    "UPDATE jobs SET state = 'queued', started_at = NULL WHERE state IN ('queued', 'running') AND state = 'running'",
  )
  const end = db.prepare(
    `UPDATE jobs SET state = @state, finished_at = @at, compute_ms = @computeMs, recipe = @recipe, outcome = @outcome
     WHERE id = @id AND state IN ('queued', 'running')`,
  )
  const setMessage = db.prepare('UPDATE jobs SET message = ? WHERE id = ?')
  const waiting = db.prepare("SELECT * FROM jobs WHERE state IN ('queued', 'running') ORDER BY id")
  const waitingOf = db.prepare("SELECT * FROM jobs WHERE person = ? AND state IN ('queued', 'running') ORDER BY id")
  const unerased = db.prepare(`SELECT id FROM jobs WHERE person = ? AND id > ? AND ${KEPT} ORDER BY id LIMIT ?`).pluck()
  const countWaiting = db.prepare("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')").pluck()
  const countOfPerson = db
    .prepare("SELECT count(*) FROM jobs WHERE person = ? AND state IN ('queued', 'running')")
    .pluck()
  const countOfChat = db
    .prepare("SELECT count(*) FROM jobs WHERE platform = ? AND chat = ? AND state IN ('queued', 'running')")
    .pluck()
  const history = db.prepare(`SELECT * FROM jobs WHERE person = ? AND ${KEPT} ORDER BY id DESC LIMIT ? OFFSET ?`)
  const starred = db.prepare(
    `SELECT jobs.* FROM stars JOIN jobs ON jobs.id = stars.job WHERE stars.person = ?
     ORDER BY stars.job DESC LIMIT ? OFFSET ?`,
  )
  const countHistory = db.prepare(`SELECT count(*) FROM jobs WHERE person = ? AND ${KEPT}`).pluck()
  const countStarred = db.prepare('SELECT count(*) FROM stars WHERE person = ?').pluck()
  const usage = db.prepare(
    'SELECT person, finished_at AS at, compute_ms AS ms FROM jobs WHERE finished_at > ? AND compute_ms IS NOT NULL',
  )

  return {
    add(job: NewJob, now: number): Job {
      const { lastInsertRowid } = insert.run({
        ...{ style: null, source: null, ageRestricted: null },
        ...job,
        ...job.address,
        route: JSON.stringify(job.address.route),
        request: JSON.stringify(job.request),
        private: Number(job.private),
        createdAt: now,
      })
      return toJob(get.get(lastInsertRowid) as Row)
    },
    get: (id: number) => one(get.get(id)),
    byEvent: (event: string) => one(byEvent.get(event)),
    /** The newest that computed just this and whose pictures nobody deleted. */
    byRecipe: (recipe: string) => one(byRecipe.get(recipe)),
    /** Everyone's unfinished jobs, oldest first. */
    waiting: () => many(waiting.all()),
    waitingOf: (person: number) => many(waitingOf.all(person)),
    /** Those of a person that were not erased, the oldest first, from the one after `after` on. */
    unerased: (person: number, after: number, limit: number) => unerased.all(person, after, limit) as number[],
    countWaiting: () => countWaiting.get() as number,
    countWaitingOf: (person: number) => countOfPerson.get(person) as number,
    countWaitingIn: (platform: string, chat: string) => countOfChat.get(platform, chat) as number,
    /** Queued becomes running. */
    start: (id: number, now: number) => void start.run(now, id),
    /** Running becomes queued. An attempt that was no fault of the job's does not count. */
    putBack: (id: number, blameless: boolean) => putBack.run(Number(blameless), id).changes > 0,
    /** At start: what ran when the process ended waits again. */
    recover: () => recover.run().changes,
    /** False: it had ended already. */
    end(id: number, ending: Ending, now: number): boolean {
      const columns =
        ending.state === 'succeeded'
          ? { computeMs: ending.computeMs, recipe: ending.recipe, outcome: null }
          : { computeMs: null, recipe: null, outcome: ending.state === 'failed' ? ending.code : ending.by }
      return end.run({ id, state: ending.state, at: now, ...columns }).changes > 0
    },
    setMessage: (id: number, message: MessageRef) => void setMessage.run(JSON.stringify(message), id),
    /** Newest first. Ask for one more than you show to know whether there is a next page. */
    history({ person, limit, offset = 0, starred: onlyStarred = false }: HistoryQuery): Job[] {
      return many((onlyStarred ? starred : history).all(person, limit, offset))
    },
    countHistory: ({ person, starred: onlyStarred = false }: Pick<HistoryQuery, 'person' | 'starred'>) =>
      (onlyStarred ? countStarred : countHistory).get(person) as number,
    /** Engine time of the jobs that ended after `since`: what fair share starts from. */
    usageSince: (since: number) => usage.all(since) as { person: number; at: number; ms: number }[],
  }
}

interface Row {
  id: number
  event: string
  person: number
  state: JobState
  platform: string
  chat: string
  route: string
  message: string | null
  prompt: string
  style: string | null
  request: string
  source: number | null
  private: 0 | 1
  age_restricted: AgeRestriction | null
  language: string
  priority: number
  weight: number
  cost: number
  attempts: number
  created_at: number
  started_at: number | null
  finished_at: number | null
  compute_ms: number | null
  outcome: string | null
}

function one(row: unknown): Job | undefined {
  return row === undefined ? undefined : toJob(row as Row)
}

function many(rows: unknown[]): Job[] {
  return (rows as Row[]).map(toJob)
}

/** Also for other tables that join jobs. */
export function toJob(row: unknown): Job {
  const r = row as Row
  return {
    id: r.id,
    event: r.event,
    person: r.person,
    state: r.state,
    address: { platform: r.platform, chat: r.chat, route: JSON.parse(r.route) as Json },
    message: r.message === null ? undefined : (JSON.parse(r.message) as MessageRef),
    prompt: r.prompt,
    style: r.style ?? undefined,
    request: JSON.parse(r.request) as ImageRequest,
    source: r.source ?? undefined,
    private: r.private === 1,
    ageRestricted: r.age_restricted ?? undefined,
    language: r.language,
    priority: r.priority,
    weight: r.weight,
    cost: r.cost,
    attempts: r.attempts,
    createdAt: r.created_at,
    startedAt: r.started_at ?? undefined,
    finishedAt: r.finished_at ?? undefined,
    computeMs: r.compute_ms ?? undefined,
    outcome: r.outcome ?? undefined,
  }
}
