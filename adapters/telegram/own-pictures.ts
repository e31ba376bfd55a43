/** A finished picture of a person's own, for `@bot words` in any chat. */
interface OwnPicture {
  readonly job: number
  /** As in `ViewPicture`: a PNG below the data folder. */
  readonly path: string
  readonly prompt: string
}

/**
 * The pictures of this person whose prompts hold all the words typed so far, of at most so many jobs, the newest first; no
 * words: all of them.
 */
export type FindPictures = (person: string, words: string, maxJobs: number) => Iterable<OwnPicture>
