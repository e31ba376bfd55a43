import type { User } from 'grammy/types'
import type { Core } from '../../src/chat.ts'
import { accountOf, type Mask } from './senders.ts'

/** What the adapter itself must say, in one language. Everything else comes from the core as a view. */
export interface TelegramSentences {
  /** Under a question: how to answer it. */
  readonly answerHint: string
  /** Before the value a question starts from, which a tap copies. */
  readonly current: string
  /** To a group that the bot was brought into, above an example of a prompt. */
  readonly hello: string
  readonly example: string
  /** A photo or another file came, with words or without, that no command takes. */
  readonly wordsOnly: string
  /** In a group, where a private answer was asked for by somebody who never opened a chat with the bot. */
  readonly openPrivate: string
  /** A picture or file that this chat refused. */
  readonly notTaken: string
  /** The file of a picture was asked for after its time. */
  readonly originalGone: string
  /** The same group asked for it a moment ago. */
  readonly originalShown: string
  /** On the button above an empty list of one's own pictures, in inline mode. */
  readonly noPictures: string
  /** The same, where no prompt holds the words typed. */
  readonly noneFound: string
}

export interface TelegramWords {
  readonly en: TelegramSentences
  readonly zh: TelegramSentences
}

/** In the language that the core speaks to them. */
export function sentencesFor(deps: { core: Core; words: TelegramWords }, user: User, mask?: Mask): TelegramSentences {
  return deps.words[deps.core.languageOf(accountOf(user, mask))]
}
