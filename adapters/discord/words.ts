/** What this adapter itself must say, per language. `main.ts` hands it in; the core says everything else. */
export interface DiscordWords {
  readonly en: DiscordSentences
  readonly zh: DiscordSentences
}

export interface DiscordSentences {
  /** To whoever asks while the process is going down. */
  readonly restarting: string
  /** A form must be the first answer; this one came too late for that. */
  readonly pressAgain: string
  /** To whoever sent off a form without what it asked for. */
  readonly noWords: string
  /** Under a picture that was too large as PNG. */
  readonly uploadedAsWebP: string
  /** While waiting, shortly before Discord stops taking edits. */
  readonly movesToChannel: string
  readonly movesToDirect: string
  /** In the message that waited. */
  readonly cameAnew: string
  /** Above a result that had to come as a direct message. */
  readonly sentToDirect: string
}

export type Language = keyof DiscordWords
