import { createHash } from 'node:crypto'
import { type Api, GrammyError } from 'grammy'
import type { BotCommand, BotCommandScope, UserFromGetMe } from 'grammy/types'
import { clip } from '../../src/chat.ts'
import type { Access, CommandInfo } from '../../src/commands/command.ts'
import { type TelegramClock, wait } from './clock.ts'
import type { TelegramLog } from './log.ts'
import type { TelegramMemory } from './memory.ts'

// Telegram: a list holds 100 commands, a description 256 characters.
const MAX_COMMANDS = 100
const MAX_DESCRIPTION = 256
// Nobody misses a list for a minute.
const OUTAGE_SECONDS = 60

const languages = ['en', 'zh'] as const

interface Menu {
  readonly scope: BotCommandScope
  /** Whose commands are shown. Display only: dispatch checks the rights. */
  readonly access: readonly Access[]
}

interface Deps {
  readonly api: Api
  readonly me: UserFromGetMe
  readonly commands: readonly CommandInfo[]
  /** Telegram ids of the people who run this bot. */
  readonly owners: readonly string[]
  readonly memory: TelegramMemory
  readonly clock: TelegramClock
  readonly log: TelegramLog
  readonly stopped: AbortSignal
}

/**
 * Registers the commands for private chats, groups, their administrators and the owners' own chats, in each language,
 * where they changed since the last time. English is what people of any other language see. Never rejects, and touches
 * the memory no more once `stopped`.
 */
export async function registerMenus(deps: Deps): Promise<void> {
  const { api, me, commands, owners, memory, clock, log, stopped } = deps
  // A list outlives the right to it.
  const ever = `menu:${me.id}:owners`
  const everOwners = new Set([...((memory.recall(ever) ?? []) as readonly string[]), ...owners])
  for (const { scope, access } of menusFor(owners, everOwners)) {
    for (const language of languages) {
      const list = listOf(commands, access, language)
      const hash = createHash('sha256').update(JSON.stringify(list)).digest('base64')
      const note = `menu:${me.id}:${JSON.stringify(scope)}:${language}`
      while (!stopped.aborted && memory.recall(note) !== hash) {
        try {
          await api.setMyCommands(list, { scope, ...(language !== 'en' && { language_code: language }) })
          if (stopped.aborted) return
          if (scope.type === 'chat') memory.note(ever, [...everOwners])
          memory.note(note, hash)
        } catch (error) {
          if (stopped.aborted) return
          const retryAfter = error instanceof GrammyError ? error.parameters.retry_after : OUTAGE_SECONDS
          if (retryAfter === undefined) {
            // An owner who never wrote to the bot has no chat yet; it is tried again when they do.
            log.info({ scope, language, reason: String(error) }, 'a list of commands was not taken')
            break
          }
          await wait(clock, retryAfter * 1000, stopped).catch(() => {})
        }
      }
    }
  }
}

function menusFor(owners: readonly string[], everOwners: ReadonlySet<string>): Menu[] {
  return [
    { scope: { type: 'default' }, access: ['everyone'] },
    { scope: { type: 'all_private_chats' }, access: ['everyone'] },
    { scope: { type: 'all_group_chats' }, access: ['everyone'] },
    { scope: { type: 'all_chat_administrators' }, access: ['everyone', 'moderator'] },
    ...[...everOwners].map((id): Menu => {
      const access: readonly Access[] = owners.includes(id) ? ['everyone', 'moderator', 'admin'] : ['everyone']
      return { scope: { type: 'chat', chat_id: Number(id) }, access }
    }),
  ]
}

function listOf(commands: readonly CommandInfo[], access: readonly Access[], language: 'en' | 'zh'): BotCommand[] {
  return commands
    .filter((command) => !command.hidden && access.includes(command.access))
    .slice(0, MAX_COMMANDS)
    .map(({ name, description }) => ({ command: name, description: clip(description[language], MAX_DESCRIPTION) }))
}
