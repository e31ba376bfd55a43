import type { BotCommand, BotCommandScope, User } from '@grammyjs/types'
import { badRequest } from './refusal.ts'
import type { Methods } from './request.ts'
import type { Room, World } from './world.ts'

/** Lists of commands by scope and language, and which one a person sees in a chat. */
export function createMenus(world: World) {
  const lists = new Map<string, readonly BotCommand[]>()
  const keyOf = (scope: BotCommandScope, language: string) => `${JSON.stringify(scope)} ${language}`

  return {
    /** The first list that is set, from the narrowest scope to the widest, as the Bot API documents it. */
    seenBy(user: User, room: Room): readonly BotCommand[] {
      const isAdmin = ['creator', 'administrator'].includes(room.members.get(user.id) ?? '')
      const group: BotCommandScope[] = [
        ...(isAdmin ? [{ type: 'all_chat_administrators' } as const] : []),
        { type: 'all_group_chats' },
      ]
      const scopes: BotCommandScope[] = [
        { type: 'chat', chat_id: room.chat.id },
        ...(room.chat.type === 'private' ? [{ type: 'all_private_chats' } as const] : group),
        { type: 'default' },
      ]
      const languages = [user.language_code?.slice(0, 2) ?? '', '']
      const keys = scopes.flatMap((scope) => languages.map((language) => keyOf(scope, language)))
      return keys.map((key) => lists.get(key)).find((list) => list !== undefined) ?? []
    },

    methods: {
      setMyCommands(params) {
        const { commands } = params
        if (commands.length > 100) throw badRequest('BOT_COMMANDS_TOO_MUCH')
        for (const { command, description } of commands) {
          if (!/^[a-z0-9_]{1,32}$/.test(command)) throw badRequest('BOT_COMMAND_INVALID')
          if (description.length < 1 || description.length > 256) throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID')
        }
        const scope: BotCommandScope = params.scope ?? { type: 'default' }
        if ('chat_id' in scope && !world.rooms.has(Number(scope.chat_id))) throw badRequest('chat not found')
        lists.set(keyOf(scope, params.language_code ?? ''), commands)
        return true
      },
    } satisfies Methods,
  }
}
