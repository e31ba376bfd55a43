import type { Store } from './store/store.ts'

interface OwnPicture {
  readonly job: number
  readonly path: string
  readonly prompt: string
}

// Whoever asks has mostly enough with these.
const PAGE = 50

/**
 * The pictures of an account's own whose prompts hold all these words, of at most so many jobs, the newest first; no words:
 * all of them. Read as they are asked for.
 */
export function* findOwnPictures(
  store: Store,
  platform: string,
  account: string,
  words: string,
  maxJobs: number,
): Iterable<OwnPicture> {
  const person = store.people.find(platform, account)
  if (person === undefined) return
  const isSearch = /\S/u.test(words)
  for (let offset = 0; offset < maxJobs; offset += PAGE) {
    const window = { person, limit: PAGE, offset }
    const jobs = isSearch ? store.prompts.search({ ...window, words }) : store.jobs.history(window)
    for (const { id, prompt } of jobs) {
      for (const { path, deletedAt } of store.pictures.ofJob(id)) {
        if (deletedAt === undefined) yield { job: id, path, prompt }
      }
    }
    if (jobs.length < PAGE) return
  }
}
