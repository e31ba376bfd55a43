import type { Db } from './database.ts'
import { type Job, toJob } from './jobs.ts'

export interface PromptQuery {
  readonly person: number
  /** Words, all of which must be there; the last may be unfinished. */
  readonly words: string
  readonly limit: number
  readonly offset?: number
}

export type Prompts = ReturnType<typeof createPrompts>

/** Full-text search in one's own prompts. */
export function createPrompts(db: Db) {
  const insert = db.prepare('INSERT OR REPLACE INTO prompts (rowid, owner, words) VALUES (?, ?, ?)')
  const remove = db.prepare('DELETE FROM prompts WHERE rowid = ?')
  const search = db.prepare(
    `SELECT jobs.* FROM (SELECT rowid FROM prompts WHERE prompts MATCH ? ORDER BY rowid DESC LIMIT ? OFFSET ?) AS found
     JOIN jobs ON jobs.id = found.rowid WHERE jobs.person = ? ORDER BY jobs.id DESC`,
  )
  return {
    add: (job: number, person: number, prompt: string) => void insert.run(job, owner(person), spaced(prompt)),
    remove: (job: number) => void remove.run(job),
    /** Newest first. */
    search({ person, words, limit, offset = 0 }: PromptQuery): Job[] {
      const terms = spaced(words)
        .split(/\s+/u)
        .filter((word) => /[\p{L}\p{N}]/u.test(word))
      if (terms.length === 0) return []
      const all = terms.map((term) => `"${term.replaceAll('"', '""')}"`).join(' ')
      return search.all(`owner:"${owner(person)}" AND words:(${all}*)`, limit, offset, person).map(toJob)
    },
  }
}

function owner(person: number): string {
  return `p${person}`
}

/** Scripts without spaces are searched by character: FTS5 would take a whole Chinese sentence for one word. */
function spaced(text: string): string {
  return text.replace(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu, ' $& ')
}
