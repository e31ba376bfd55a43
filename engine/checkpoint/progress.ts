/** How far a long work is, in plain data. */
export interface Progress {
  readonly doneBytes: number
  readonly totalBytes: number
  /** What is worked on: a file's or a model's path, a tensor's name. */
  readonly what: string
}
