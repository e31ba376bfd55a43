import {
  type APIInteraction,
  ApplicationCommandType,
  InteractionContextType,
  InteractionType,
  MessageFlags,
  PermissionFlagsBits,
} from 'discord.js'
import { type Address, type Incoming, idParts, type Sender } from '../../src/chat.ts'
import type { CommandInfo } from '../../src/commands/command.ts'
import { type FilledRow, filledIn } from './form.ts'
import { UPLOAD_BYTES } from './pictures.ts'
import { PLATFORM, type Place, refOf, type Spot } from './place.ts'
import type { Language } from './words.ts'

const { ViewChannel, SendMessages, SendMessagesInThreads, AttachFiles } = PermissionFlagsBits
const { Administrator, ManageGuild, ManageMessages } = PermissionFlagsBits
// Discord: channel types 10, 11 and 12 are threads, with a permission of their own; 12 are private ones.
export const THREADS = [10, 11, 12]
const PUBLIC_THREADS = [10, 11]
// As the core reads flags, in a prompt too; `--private=no` is none.
const PRIVATE_FLAG = /(?<=^|\s)(?:--|––|[—–])private(?=\s|$)/iu

/** What somebody did, but for the picture that it points at, and for what has to be fetched: whether the chat is one for adults. */
export function incomingOf(
  interaction: APIInteraction,
  place: Place,
  pressed: Spot | undefined,
  commands: readonly CommandInfo[],
): Incoming {
  const from = senderOf(interaction)
  const address = addressOf(interaction, place)
  const base = { key: interaction.id, from, address, pressed: pressed && refOf(pressed) }
  switch (interaction.type) {
    case InteractionType.ApplicationCommand: {
      const { data } = interaction
      if (data.type === ApplicationCommandType.Message) {
        return { ...base, command: commands.find(({ onPicture }) => onPicture?.en === data.name)?.name ?? data.name }
      }
      const options = 'options' in data ? (data.options ?? []) : []
      const values = options.flatMap((option) => ('value' in option ? [[option.name, option.value] as const] : []))
      return { ...base, command: data.name, values: Object.fromEntries(values) }
    }
    case InteractionType.MessageComponent:
      return { ...base, ...idParts(interaction.data.custom_id) }
    case InteractionType.ModalSubmit: {
      const values = filledIn(interaction.data.components as readonly FilledRow[])
      return { ...base, ...idParts(interaction.data.custom_id), values }
    }
    default:
      throw new Error(`expected a command, a press or a form, got an interaction of type ${interaction.type}`)
  }
}

/** `language`: what its person reads. */
export function placeOfInteraction(interaction: APIInteraction, language: Language, now: number): Place {
  const { id, token, application_id, channel, channel_id, attachment_size_limit } = interaction
  const pressed = 'message' in interaction ? interaction.message?.id : undefined
  return {
    app: application_id,
    interaction: id,
    token,
    madeAt: now,
    channel: channel?.id ?? channel_id ?? '',
    person: userOf(interaction).id,
    language,
    mayPost: mayPost(interaction),
    own: pressed === undefined,
    pressed,
    direct: isDirect(interaction),
    uploadBytes: attachment_size_limit ?? UPLOAD_BYTES,
  }
}

export function senderOf(interaction: APIInteraction): Sender {
  const user = userOf(interaction)
  const { member } = interaction
  const permissions = BigInt(member?.permissions ?? 0)
  return {
    platform: PLATFORM,
    id: user.id,
    name: member?.nick ?? user.global_name ?? user.username,
    locale: 'locale' in interaction ? interaction.locale : undefined,
    // Of whoever writes to the bot alone Discord does not tell them: that is not none.
    roles: member?.roles,
    moderator: (permissions & (Administrator | ManageGuild | ManageMessages)) !== 0n,
    direct: isDirect(interaction),
  }
}

/** Whoever sees a channel sees its public threads: they are one chat, whose limits and rules hold in all of it. */
function addressOf({ channel }: APIInteraction, place: Place): Address {
  const parent =
    channel && 'parent_id' in channel && PUBLIC_THREADS.includes(channel.type) ? channel.parent_id : undefined
  return { platform: PLATFORM, chat: parent ?? place.channel, route: place }
}

/** Whether the values ask that nobody else sees the answer. */
export function asksForPrivacy(values: Incoming['values'] = {}): boolean {
  return (
    values.private === true ||
    Object.values(values).some((value) => typeof value === 'string' && PRIVATE_FLAG.test(value))
  )
}

/** The message under the finger, changeable through this interaction. */
export function pressedIn(interaction: APIInteraction, place: Place): Spot | undefined {
  if (!('message' in interaction && interaction.message)) return undefined
  const { id, flags } = interaction.message
  const ephemeral = ((flags ?? 0) & MessageFlags.Ephemeral) !== 0
  return { ...place, hook: id, ...(place.mayPost && !ephemeral && { lasting: id }), private: ephemeral }
}

function userOf(interaction: APIInteraction) {
  const user = interaction.member?.user ?? interaction.user
  if (!user) throw new Error('expected an interaction with a user, got one without')
  return user
}

function isDirect({ context, guild_id }: APIInteraction): boolean {
  return context === undefined ? guild_id === undefined : context === InteractionContextType.BotDM
}

/**
 * Whether the bot itself is here and may write. Where a person brought the application along (owner kind 1 without
 * kind 0), the permissions named are not those of a bot that is there.
 */
function mayPost(interaction: APIInteraction): boolean {
  const owners = interaction.authorizing_integration_owners ?? {}
  if (isDirect(interaction)) return true
  if (!interaction.guild_id || ('1' in owners && !('0' in owners))) return false
  // Not told: tried, and refused where it is not so.
  if (interaction.app_permissions === undefined) return true
  const held = BigInt(interaction.app_permissions)
  if ((held & Administrator) !== 0n) return true
  const writing = THREADS.includes(interaction.channel?.type ?? 0) ? SendMessagesInThreads : SendMessages
  const needed = ViewChannel | writing | AttachFiles
  return (held & needed) === needed
}
