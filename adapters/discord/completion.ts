import {
  type APIApplicationCommandAutocompleteInteraction,
  type APIApplicationCommandInteractionDataOption,
  ApplicationCommandOptionType,
  InteractionResponseType,
} from 'discord.js'
import { type Core, clip } from '../../src/chat.ts'
import { senderOf } from './incoming.ts'

// Discord: names and values of 100 characters.
const LENGTH = 100
const NUMBERS = [ApplicationCommandOptionType.Integer, ApplicationCommandOptionType.Number]

/** The core's suggestions for the value that is being typed. A value too long for Discord cannot be suggested. */
export function completionOf(interaction: APIApplicationCommandAutocompleteInteraction, core: Core): object {
  const options: readonly APIApplicationCommandInteractionDataOption[] = interaction.data.options ?? []
  const focused = options.find((option) => 'focused' in option && option.focused)
  const typed = focused && 'value' in focused ? String(focused.value) : ''
  const found = focused ? core.complete(interaction.data.name, focused.name, typed, senderOf(interaction)) : []
  const isNumber = focused !== undefined && NUMBERS.includes(focused.type)
  const choices = found
    .filter(({ value }) => value.length <= LENGTH)
    .map(({ label, value }) => ({ name: clip(label, LENGTH), value: isNumber ? Number(value) : value }))
  return { type: InteractionResponseType.ApplicationCommandAutocompleteResult, data: { choices } }
}
