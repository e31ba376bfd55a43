import type { Api } from 'grammy'
import type { Update, UserFromGetMe } from 'grammy/types'
import type { Core } from '../../src/chat.ts'
import type { CommandInfo } from '../../src/commands/command.ts'
import type { AnswerDeps } from './answer.ts'
import type { Download } from './download.ts'
import { handleMessage } from './handle-message.ts'
import { handlePress } from './handle-press.ts'
import { answerInline } from './inline.ts'
import type { FindPictures, TelegramLog, TelegramMemory } from './memory.ts'
import type { Moves } from './moves.ts'
import type { Originals } from './originals.ts'
import type { Pictures } from './pictures.ts'
import type { Senders } from './senders.ts'
import type { TelegramWords } from './words.ts'

export interface HandlerDeps extends AnswerDeps {
  readonly api: Api
  readonly core: Core
  readonly commands: readonly CommandInfo[]
  readonly words: TelegramWords
  readonly me: UserFromGetMe
  readonly moves: Moves
  readonly senders: Senders
  readonly download: Download
  readonly pictures: Pictures
  readonly originals: Originals
  readonly find: FindPictures
  readonly memory: TelegramMemory
  readonly log: TelegramLog
}

/** Rejects where a stop cut the answer off. */
export async function handleUpdate(deps: HandlerDeps, update: Update): Promise<void> {
  const { update_id, message, callback_query, inline_query } = update
  if (message) return handleMessage(deps, update_id, message)
  if (callback_query) return handlePress(deps, update_id, callback_query)
  if (inline_query) {
    try {
      await answerInline(deps, inline_query)
    } catch (error) {
      // They expire within seconds; the next letter asks again.
      deps.log.warn({ error: String(error) }, 'an inline query stays unanswered')
    }
  }
}
