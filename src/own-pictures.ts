import type { Store } from './store/store.ts'

export interface OwnPicture {
  readonly job: number
  readonly path: string
  readonly prompt: string
}

/** The newest pictures of an account's own whose prompts hold all these words; no words: the newest of all. */
export function findOwnPictures(
  store: Store,
  platform: string,
  account: string,
  words: string,
  limit: number,
): OwnPicture[] {
  const person = store.people.find(platform, account)
  if (person === undefined) return []
  const jobs = /\S/u.test(words)
    ? store.prompts.search({ person, words, limit })
    : store.jobs.history({ person, limit })
  return jobs.flatMap(({ id, prompt }) => {
    const picture = store.pictures.ofJob(id).find(({ deletedAt }) => deletedAt === undefined)
    return picture ? { job: id, path: picture.path, prompt } : []
  })
}
