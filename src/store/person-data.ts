import type { Statement } from 'better-sqlite3'
import type { Json } from '../chat.ts'
import type { Db } from './database.ts'
import { createPrompts } from './prompts.ts'

/** What concerns all that is known of a person, over every table. */
export function createPersonData(db: Db) {
  const prompts = createPrompts(db)
  const jobs = db.prepare('SELECT id, prompt FROM jobs WHERE person = ?')
  const move = ['accounts', 'jobs', 'ledger'].map((table) =>
    db.prepare(`UPDATE ${table} SET person = @into WHERE person = @from`),
  )
  const moveStars = db.prepare('UPDATE OR IGNORE stars SET person = @into WHERE person = @from')
  const moveSettings = db.prepare('UPDATE OR IGNORE settings SET person = @into WHERE person = @from')
  // A block stays a block, and the longer of two: it must not be shaken off by linking.
  const moveVerdict = db.prepare(
    `INSERT OR REPLACE INTO verdicts SELECT scope, @intoKey, verdict, actor, reason, at, expires_at
     FROM verdicts AS old WHERE scope = 'person' AND key = @fromKey AND (expires_at IS NULL OR expires_at > @now)
     AND NOT EXISTS (SELECT 1 FROM verdicts AS kept WHERE kept.scope = 'person' AND kept.key = @intoKey
       AND (kept.expires_at IS NULL OR kept.expires_at > @now) AND (old.verdict <> 'blocked'
         OR kept.verdict = 'blocked' AND (kept.expires_at IS NULL OR kept.expires_at >= old.expires_at)))`,
  )
  // One that is over keeps nobody's place.
  const dropOver = db.prepare("DELETE FROM rules WHERE scope = 'person' AND key = @intoKey AND expires_at <= @now")
  const moveRule = db.prepare("UPDATE OR IGNORE rules SET key = @intoKey WHERE scope = 'person' AND key = @fromKey")
  const removeKeyed = ['verdicts', 'rules'].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE scope = 'person' AND key = ?`),
  )
  const removePerson = db.prepare('DELETE FROM people WHERE id = ?')
  // What was erased of either goes at the refill.
  const moveErasure = db.prepare(
    'UPDATE people SET erased_at = (SELECT max(erased_at) FROM people WHERE id IN (@from, @into)) WHERE id = @into',
  )

  const blankJob = db.prepare(`UPDATE jobs SET ${NO_WORDS}, style = NULL, route = 'null', message = NULL WHERE id = ?`)
  const blankNames = db.prepare("UPDATE accounts SET name = '' WHERE person = ?")
  const clear = ['stars', 'settings', 'link_codes'].map((table) => db.prepare(`DELETE FROM ${table} WHERE person = ?`))
  // SQLite would rather read all notes of the platform.
  const dropNotes = db.prepare(
    `DELETE FROM notes INDEXED BY notes_by_account
     WHERE (account, platform) IN (SELECT account, platform FROM accounts WHERE person = ?)`,
  )
  const droppingPictureNotes = (ofJobs: string) =>
    db.prepare(
      `DELETE FROM notes WHERE picture IN (SELECT path FROM pictures WHERE job IN (${ofJobs}))
       AND NOT EXISTS (SELECT 1 FROM pictures WHERE path = notes.picture AND deleted_at IS NULL)`,
    )
  const dropPictureNotes = droppingPictureNotes('SELECT id FROM jobs WHERE person = ?')
  const markErased = db.prepare('UPDATE people SET erased_at = ? WHERE id = ?')
  // What a gift has paid for stays paid.
  const keepSpent = db.prepare(
    `INSERT INTO ledger (person, kind, amount, source, at, actor)
     SELECT person, 'adjust', sum(amount), source, @now, 'zimagine' FROM ledger
     WHERE source IS NOT NULL AND job IN (${ERASED_JOBS}) GROUP BY source`,
  )
  const removeBesides = [
    // What was being posted while they were erased has been noted since.
    droppingPictureNotes(ERASED_JOBS),
    db.prepare(`DELETE FROM ledger WHERE job IN (${ERASED_JOBS})`),
    db.prepare("DELETE FROM ledger WHERE person = @person AND kind = 'adjust' AND day < @before AND at <= @erasedAt"),
  ]
  const removeJobs = db.prepare(`DELETE FROM jobs WHERE id IN (${ERASED_JOBS})`)
  // Erasing took the name of each account; whoever came back has one again.
  const cameBack = db
    .prepare(
      `SELECT EXISTS (SELECT 1 FROM accounts WHERE person = @person AND name <> '')
       OR EXISTS (SELECT 1 FROM jobs WHERE person = @person)`,
    )
    .pluck()
  const stay = db.prepare('UPDATE people SET erased_at = NULL WHERE id = ?')
  // Nor by being forgotten.
  const erasedBefore = db.prepare(
    `SELECT id AS person, erased_at AS erasedAt FROM people WHERE erased_at < @before
     AND NOT EXISTS (SELECT 1 FROM verdicts WHERE scope = 'person' AND key = CAST(people.id AS TEXT)
       AND verdict = 'blocked' AND (expires_at IS NULL OR expires_at > @now))`,
  )
  const oldPrompts = db
    .prepare(
      `SELECT id FROM jobs WHERE finished_at < ? AND prompt <> ''
     AND NOT EXISTS (SELECT 1 FROM stars WHERE stars.job = jobs.id) LIMIT ?`,
    )
    .pluck()
  const blankPrompt = db.prepare(`UPDATE jobs SET ${NO_WORDS} WHERE id = ?`)
  const exports = Object.entries(EXPORTED).map(([name, sql]) => [name, db.prepare(sql)] as const)

  const reindex = (from: number, into: number) => {
    for (const { id, prompt } of jobs.all(from) as { id: number; prompt: string }[]) {
      if (prompt !== '') prompts.add(id, into, prompt)
    }
  }
  /** Takes a job's words out of the index, and whatever `blank` blanks. */
  const blanking = (blank: Statement) =>
    db.transaction((job: number) => {
      prompts.remove(job)
      blank.run(job)
    })
  const remove = (person: number) => {
    for (const statement of removeKeyed) statement.run(String(person))
    removePerson.run(person)
  }

  return {
    /** Two people become one: everything of `from` is then `into`'s; where both have a setting or rule, `into`'s stays. */
    merge(from: number, into: number, now: number): void {
      db.transaction(() => {
        reindex(from, into)
        const keys = { from, into, fromKey: String(from), intoKey: String(into), now }
        for (const statement of [...move, moveErasure, moveStars, moveSettings, moveVerdict, dropOver, moveRule])
          statement.run(keys)
        remove(from)
      })()
    },
    /** Of a finished job whose files are deleted, what it cost stays. */
    eraseJob: blanking(blankJob),
    /**
     * Removes what else a person told us, when their jobs are erased. What stays until `forget` is the account's id and what
     * was spent, so that nobody gets a second allowance by it.
     */
    erase(person: number, now: number): void {
      db.transaction(() => {
        for (const statement of [blankNames, ...clear, dropNotes, dropPictureNotes]) statement.run(person)
        markErased.run(now, person)
      })()
    },
    /**
     * Takes what was deleted out of the database's files too, a part at a time. False: that was all, or somebody else is
     * reading them, as the doctor does, and is not waited for.
     */
    scrub(): boolean {
      if (prompts.merge()) return true
      const waitMs = db.pragma('busy_timeout', { simple: true })
      db.pragma('busy_timeout = 0')
      try {
        db.pragma('wal_checkpoint(TRUNCATE)')
      } finally {
        db.pragma(`busy_timeout = ${waitMs}`)
      }
      return false
    },
    /**
     * Removes the rest of the people who were erased before `before`, the last refill, and are not blocked: `limit` jobs at
     * most. Of those who came back since, what is older than that. `full`: there may be more.
     */
    forget(before: number, now: number, limit: number): { forgotten: number; full: boolean } {
      return db.transaction(() => {
        const people = erasedBefore.all({ before, now }) as { person: number; erasedAt: number }[]
        let [forgotten, room] = [0, limit]
        for (const { person, erasedAt } of people) {
          const erased = { person, erasedAt, before, now, room }
          keepSpent.run(erased)
          for (const statement of removeBesides) statement.run(erased)
          room -= removeJobs.run(erased).changes
          if (room === 0) return { forgotten, full: true }
          if (cameBack.get(erased)) stay.run(person)
          else {
            dropNotes.run(person)
            remove(person)
          }
          forgotten++
        }
        return { forgotten, full: false }
      })()
    },
    /** Jobs that ended before `before`, are nobody's star, and still have what was typed. */
    oldPrompts: (before: number, limit: number) => oldPrompts.all(before, limit) as number[],
    forgetPrompt: blanking(blankPrompt),
    /** Everything stored of a person, table by table, as JSON: but for what is there only to answer or to find again. */
    exportOf(person: number): Readonly<Record<string, Json>> {
      return Object.fromEntries(
        exports.map(([name, statement]) => [name, statement.all({ person, key: String(person) }) as Json]),
      )
    },
  }
}

// Everywhere they are: the recipe is their digest.
const NO_WORDS = `prompt = '', request = json_set(json_remove(request, '$.negativePrompt'), '$.prompt', ''),
  recipe = NULL`

// No other ended before with neither words nor a way to its chat.
const ERASED_JOBS = `SELECT id FROM jobs
  WHERE person = @person AND finished_at <= @erasedAt AND prompt = '' AND route = 'null' ORDER BY id LIMIT @room`

const EXPORTED = {
  people: 'SELECT * FROM people WHERE id = @person',
  accounts: 'SELECT * FROM accounts WHERE person = @person',
  // What an adapter noted of the names that lead to them (adapters/telegram/mentions.ts).
  mentions: `SELECT notes.platform, notes.name FROM notes JOIN accounts USING (platform, account)
    WHERE person = @person AND notes.name LIKE '@%'`,
  settings: 'SELECT name, value FROM settings WHERE person = @person',
  // A job's route and message hold tokens of the platform's, and digests are long and tell nothing.
  jobs: `SELECT id, event, person, state, platform, chat, prompt, style, request, source, private, language, age_restricted,
    priority, weight, cost, attempts, created_at, started_at, finished_at, compute_ms, outcome
    FROM jobs WHERE person = @person ORDER BY id`,
  pictures: `SELECT pictures.id, job, position, path, bytes, width_px, height_px, seed, pictures.created_at, deleted_at
    FROM pictures JOIN jobs ON jobs.id = pictures.job WHERE jobs.person = @person`,
  stars: 'SELECT job, at FROM stars WHERE person = @person',
  ledger: 'SELECT * FROM ledger WHERE person = @person ORDER BY id',
  rules: "SELECT * FROM rules WHERE scope = 'person' AND key = @key",
  verdicts: "SELECT * FROM verdicts WHERE scope = 'person' AND key = @key",
}
