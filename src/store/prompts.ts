import type { Db } from './database.ts'
import { type Job, toJob } from './jobs.ts'

export interface PromptQuery {
  readonly person: number
  /** Words, all of which must be there; the last may be unfinished. */
  readonly words: string
  readonly limit: number
  readonly offset?: number
  readonly starred?: boolean
}

/** Full-text search in one's own prompts. */
export function createPrompts(db: Db) {
  const insert = db.prepare('INSERT OR REPLACE INTO prompts (rowid, words) VALUES (?, ?)')
  const remove = db.prepare('DELETE FROM prompts WHERE rowid = ?')
  // CROSS: SQLite would rather read all of the person's jobs than the few that were found.
  const search = db.prepare(
    `SELECT jobs.* FROM (SELECT rowid FROM prompts WHERE prompts MATCH @match
       AND (NOT @starred OR rowid IN (SELECT job FROM stars WHERE person = @person))
       ORDER BY rowid DESC LIMIT @limit OFFSET @offset) AS found
     CROSS JOIN jobs ON jobs.id = found.rowid WHERE jobs.person = @person ORDER BY jobs.id DESC`,
  )
  return {
    add: (job: number, person: number, prompt: string) => void insert.run(job, wordsOf(person, prompt).join(' ')),
    remove: (job: number) => void remove.run(job),
    /** Newest first. */
    search({ person, words, limit, offset = 0, starred = false }: PromptQuery): Job[] {
      const terms = wordsOf(person, words)
      if (terms.length === 0) return []
      const match = `${terms.map((term) => `"${term}"`).join(' ')}*`
      return search.all({ match, person, limit, offset, starred: Number(starred) }).map(toJob)
    },
  }
}

/** Scripts without spaces are searched by character: FTS5 would take a whole Chinese sentence for one word. */
function wordsOf(person: number, text: string): string[] {
  const spaced = text.replace(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu, ' $& ')
  return (spaced.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? []).map((word) => `${person}x${word}`)
}
