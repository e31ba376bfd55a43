import type { Db } from './database.ts'
import { type HistoryQuery, type Job, toJob } from './jobs.ts'

interface PromptQuery extends HistoryQuery {
  /** Words, all of which must be there, as far as they are looked for; the last may be unfinished. */
  readonly words: string
}

// Each is looked up, while everybody waits; what is typed beyond them narrows nothing.
const MOST_WORDS = 50
// A part that holds the thread for some tens of milliseconds.
const MERGED_PAGES = 200

/** Full-text search in one's own prompts. */
export function createPrompts(db: Db) {
  const insert = db.prepare('INSERT OR REPLACE INTO prompts (rowid, words) VALUES (?, ?)')
  const remove = db.prepare('DELETE FROM prompts WHERE rowid = ?')
  const merge = db.prepare(`INSERT INTO prompts (prompts, rank) VALUES ('merge', -${MERGED_PAGES})`)
  const changes = db.prepare('SELECT total_changes()').pluck()
  const found = `FROM prompts WHERE prompts MATCH @match
    AND (NOT @starred OR rowid IN (SELECT job FROM stars WHERE person = @person))`
  // CROSS: SQLite would rather read all of the person's jobs than the few that were found.
  const search = db.prepare(
    `SELECT jobs.* FROM (SELECT rowid ${found} ORDER BY rowid DESC LIMIT @limit OFFSET @offset) AS found
     CROSS JOIN jobs ON jobs.id = found.rowid WHERE jobs.person = @person ORDER BY jobs.id DESC`,
  )
  const count = db.prepare(`SELECT count(*) ${found}`).pluck()
  const matchOf = (person: number, words: string): string | undefined => {
    const terms = [...new Set(wordsOf(person, words))].slice(0, MOST_WORDS)
    return terms.length === 0 ? undefined : `${terms.map((term) => `"${term}"`).join(' ')}*`
  }

  return {
    add: (job: number, person: number, prompt: string) => void insert.run(job, wordsOf(person, prompt).join(' ')),
    remove: (job: number) => void remove.run(job),
    /** The words of what was removed stay in the index, unseen, until it is merged: merges a part. False: that was all. */
    merge(): boolean {
      const before = changes.get() as number
      merge.run()
      // By fewer changes FTS5 tells that there was nothing to do.
      return (changes.get() as number) - before >= 2
    },
    /** Newest first. */
    search({ person, words, limit, offset = 0, starred = false }: PromptQuery): Job[] {
      const match = matchOf(person, words)
      if (!match) return []
      return search.all({ match, person, limit, offset, starred: Number(starred) }).map(toJob)
    },
    /** How many `search` finds without a limit. */
    count({ person, words, starred = false }: Omit<PromptQuery, 'limit' | 'offset'>): number {
      const match = matchOf(person, words)
      return match ? (count.get({ match, person, starred: Number(starred) }) as number) : 0
    },
  }
}

/** Scripts without spaces are searched by character: FTS5 would take a whole Chinese sentence for one word. So are emoji. */
function wordsOf(person: number, text: string): string[] {
  const spaced = text.replace(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu, ' $& ')
  const words = spaced.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*|\p{Extended_Pictographic}/gu) ?? []
  // FTS5 knows letters and digits only. What ends a word for it must not begin one of another's: `5xfox`.
  return words.map((word) => {
    const known = word.replace(/\p{Extended_Pictographic}/gu, numberOf).replace(/(?<=\P{ASCII})(?=\d)/gu, 'x')
    return `${person}x${known}`
  })
}

function numberOf(character: string): string {
  return `u${character.codePointAt(0)!.toString(16)}`
}
