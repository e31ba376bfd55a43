/** What the adapter itself must say, in one language. Everything else comes from the core as a view. */
export interface TelegramSentences {
  /** Under a question: how to answer it. */
  readonly answerHint: string
  /** Before the value a question starts from, which a tap copies. */
  readonly current: string
  /** A photo came with words and no command. */
  readonly photoKept: string
  /** A photo came alone. */
  readonly photoAlone: string
  /** In a group, where a private answer was asked for by somebody who never opened a chat with the bot. */
  readonly openPrivate: string
  /** The file of a picture was asked for after its time. */
  readonly originalGone: string
  /** On the button above an empty list of one's own pictures, in inline mode. */
  readonly noPictures: string
}

export interface TelegramWords {
  readonly en: TelegramSentences
  readonly zh: TelegramSentences
}

/** Chinese for every Chinese tag that Telegram knows (`zh-hans`, `zh-hant`), English for everyone else. */
export function sentencesFor(words: TelegramWords, locale: string | undefined): TelegramSentences {
  return locale?.toLowerCase().startsWith('zh') ? words.zh : words.en
}
