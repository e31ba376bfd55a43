import type { Json } from '../../src/chat.ts'

/**
 * What this adapter must find again after a restart. Two small tables somewhere: updates by their id, notes by name.
 * Every call is done when it returns, so that what was kept outlives a kill in the next instant.
 */
export interface TelegramMemory {
  /**
   * Keeps an update before it is confirmed to Telegram. False when that id was kept before: a repeat, harmless.
   * Throws when it cannot be kept; it is then not confirmed, and comes again.
   */
  keep(updateId: number, update: Json): boolean
  /** Updates that were kept and not finished, in the order they came. */
  unfinished(): readonly Json[]
  /** The update was answered. Its id stays known for at least a day: Telegram may send it again for that long. */
  finish(updateId: number): void
  /** A note by its name; undefined where there is none. */
  recall(name: string): Json | undefined
  /** Writes a note over the one with the same name; undefined removes it. */
  note(name: string, value: Json | undefined, about?: NoteAbout): void
}

/** What a note is about: it goes with the first of these. One about none of them stays. */
interface NoteAbout {
  /** Whose it is, by account: until they delete everything. */
  readonly account?: string
  /** A picture's path below the data folder: as long as the file is there. */
  readonly picture?: string
  /** When it was written, in milliseconds since 1970. One with a time lives for two days. */
  readonly at?: number
}
