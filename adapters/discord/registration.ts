import { createHash } from 'node:crypto'
import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  PermissionFlagsBits,
} from 'discord.js'
import { clip } from '../../src/chat.ts'
import type { CommandInfo, Localised, ParamInfo } from '../../src/commands/command.ts'

// Discord: descriptions and choices of 100 characters, 25 options and choices, text options of up to 6,000 characters.
const DESCRIPTION_LENGTH = 100
const MOST = 25
const TEXT_LENGTH = 6_000

/** What commands there are, as Discord's registration takes them. The same commands make the same JSON. */
export function registrationOf(commands: readonly CommandInfo[], everywhere: boolean): readonly object[] {
  return commands
    .filter((command) => !command.hidden)
    .flatMap((command) => {
      const shared = {
        // Only where the command first shows up: `dispatch` checks who may use it.
        default_member_permissions: permissionsOf(command),
        // Servers, direct messages with the bot, other private channels; a command of one server has no such choice.
        ...(everywhere && {
          contexts: [InteractionContextType.Guild, InteractionContextType.BotDM, InteractionContextType.PrivateChannel],
          integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
        }),
      }
      const slash = {
        type: ApplicationCommandType.ChatInput,
        ...named(command),
        ...described(command.description),
        options: optionsOf(command.params),
        ...shared,
      }
      if (!command.onPicture) return [slash]
      const { en, zh } = command.onPicture
      return [slash, { type: ApplicationCommandType.Message, name: en, name_localizations: inChinese(zh), ...shared }]
    })
}

/** Changes exactly when a registration does. */
export function fingerprint(registration: readonly object[]): string {
  return createHash('sha256').update(JSON.stringify(registration)).digest('base64url')
}

function permissionsOf({ access }: CommandInfo): number | null {
  switch (access) {
    case 'everyone':
      return null
    case 'moderator':
      return Number(PermissionFlagsBits.ManageMessages)
    case 'admin':
      return Number(PermissionFlagsBits.Administrator)
    default:
      return access satisfies never
  }
}

/** Required options come first: Discord refuses any other order. */
function optionsOf(params: readonly ParamInfo[]): object[] {
  return params
    .toSorted((a, b) => Number(b.required) - Number(a.required))
    .slice(0, MOST)
    .map((param) => ({ ...named(param), ...described(param.description), required: param.required, ...kindOf(param) }))
}

function kindOf(param: ParamInfo): object {
  const { kind, min, max, maxLength, choices, suggests } = param
  const bounds = { min_value: min, max_value: max, autocomplete: suggests }
  switch (kind) {
    case 'text':
      return {
        type: ApplicationCommandOptionType.String,
        max_length: maxLength && Math.min(maxLength, TEXT_LENGTH),
        autocomplete: suggests,
      }
    case 'integer':
      return { type: ApplicationCommandOptionType.Integer, ...bounds }
    case 'number':
      return { type: ApplicationCommandOptionType.Number, ...bounds }
    case 'flag':
      return { type: ApplicationCommandOptionType.Boolean }
    case 'choice':
      // More than Discord lists are found by typing.
      if (suggests || !choices || choices.length > MOST)
        return { type: ApplicationCommandOptionType.String, autocomplete: true }
      return {
        type: ApplicationCommandOptionType.String,
        choices: choices.map(({ value, label }) => ({
          value,
          name: clip(label.en, DESCRIPTION_LENGTH),
          name_localizations: inChinese(clip(label.zh, DESCRIPTION_LENGTH)),
        })),
      }
    default:
      return kind satisfies never
  }
}

/** What comes back is the name, whatever it was called where it was chosen. */
function named({ name, label }: { readonly name: string; readonly label: Localised }): object {
  return { name, name_localizations: inChinese(label.zh) }
}

function described({ en, zh }: Localised): object {
  return {
    description: clip(en, DESCRIPTION_LENGTH),
    description_localizations: inChinese(clip(zh, DESCRIPTION_LENGTH)),
  }
}

/** For both of Discord's kinds of Chinese: whoever reads them is answered in Chinese. */
function inChinese(text: string): object {
  return { 'zh-CN': text, 'zh-TW': text }
}
