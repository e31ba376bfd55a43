import type { Api } from 'grammy'
import type { UserFromGetMe } from 'grammy/types'
import type { Core } from '../../src/chat.ts'
import type { CommandInfo } from '../../src/commands/command.ts'
import type { AnswerDeps } from './answer.ts'
import type { Download } from './download.ts'
import type { FindPictures } from './inline.ts'
import type { TelegramLog } from './log.ts'
import type { TelegramMemory } from './memory.ts'
import type { Mentions } from './mentions.ts'
import type { Moves } from './moves.ts'
import type { Originals } from './originals.ts'
import type { Pictures } from './pictures.ts'
import type { Senders } from './senders.ts'
import type { TelegramWords } from './words.ts'

/** What it takes to answer whatever Telegram sends. */
export interface HandlerDeps extends AnswerDeps {
  readonly api: Api
  readonly core: Core
  readonly commands: readonly CommandInfo[]
  readonly words: TelegramWords
  readonly me: UserFromGetMe
  readonly moves: Moves
  readonly mentions: Mentions
  readonly senders: Senders
  readonly download: Download
  readonly pictures: Pictures
  readonly originals: Originals
  readonly find: FindPictures
  readonly memory: TelegramMemory
  readonly log: TelegramLog
}
