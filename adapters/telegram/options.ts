import type { Chat, Core } from '../../src/chat.ts'
import type { CommandInfo } from '../../src/commands/command.ts'
import type { TelegramClock } from './clock.ts'
import type { TelegramHealth } from './health.ts'
import type { TelegramLog } from './log.ts'
import type { TelegramMemory } from './memory.ts'
import type { FindPictures } from './own-pictures.ts'
import type { WebhookOptions } from './webhook.ts'
import type { TelegramWords } from './words.ts'

export interface TelegramOptions {
  /** From @BotFather. Never leaves this room but in a request's address. */
  readonly token: string
  /** Telegram's own, or that of a Bot API server of one's own. */
  readonly apiUrl?: string | undefined
  /** Without it: long polling. */
  readonly webhook?: WebhookOptions | undefined
  readonly commands: readonly CommandInfo[]
  /** Telegram ids of the people who run this bot: they see all commands. */
  readonly owners: readonly string[]
  /** The folder below which a view's pictures lie. */
  readonly dataDir: string
  readonly memory: TelegramMemory
  readonly findPictures: FindPictures
  readonly words: TelegramWords
  readonly clock: TelegramClock
  /** How long one request may take; above the 30 seconds for which Telegram holds one for updates. */
  readonly requestTimeoutSeconds?: number
  readonly log: TelegramLog
}

export interface Telegram {
  readonly chat: Chat
  /** Resolves at once: the connection is made, and made again, by itself. `health` tells how it goes. */
  start(core: Core): Promise<void>
  /** Soon it stops: what people write from now on is answered after the next start. */
  close(): void
  /** Takes in nothing more, and resolves when what was taken in is answered or kept for the next start. */
  stop(): Promise<void>
  health(): TelegramHealth
}
