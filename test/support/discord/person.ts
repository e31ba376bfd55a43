import {
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandOptionChoice,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ComponentType,
  InteractionType,
  MessageFlags,
} from 'discord-api-types/v10'
import type { Actor, Seen } from '../conversation.ts'
import type { Gateway } from './gateway.ts'
import { createInteraction } from './interaction.ts'
import { published } from './messages.ts'
import { buttonsOf, readable } from './readable.ts'
import type { Interaction, Message, User, World } from './world.ts'

interface PersonDeps {
  readonly world: World
  readonly gateway: Gateway
  readonly user: User
  readonly channel: string
}

export interface DiscordPerson extends Actor {
  readonly user: User
  /** Chooses an entry of a message's menu, such as "Reproduce this". */
  choose(label: string, on: Seen): Promise<void>
  /** What is suggested while typing. */
  suggestions(command: string, option: string, typed: string): Promise<readonly APIApplicationCommandOptionChoice[]>
  /** The interaction of the next thing done has these fields instead of the usual ones. */
  next(fields: Record<string, unknown>): void
  /** The newest thing this person did. */
  last(): Interaction
}

/** Somebody at a Discord client: knows the registered commands, sees what is theirs to see, presses what is there. */
export function createPerson({ world, gateway, user, channel }: PersonDeps): DiscordPerson {
  const { id, username: name } = user
  let fields: Record<string, unknown> = {}
  let last: Interaction | undefined

  const interact = async (type: InteractionType, data: object, pressed?: Message): Promise<Interaction> => {
    await world.until(
      () => gateway.reachable() || undefined,
      () => 'the application to be online',
    )
    const interaction = createInteraction(world, { type, data, person: user, channel, pressed, fields })
    fields = {}
    last = interaction
    world.interactions.set(interaction.id, interaction)
    gateway.interaction(interaction.payload)
    return interaction
  }

  const visible = () =>
    [...world.messages.values()]
      .filter((message) => [channel, user.direct].includes(message.channel) && (!message.only || message.only === id))
      .filter((message) => (message.flags & MessageFlags.Loading) === 0)
      .reverse()
  const registered = (type: ApplicationCommandType, wanted: string) =>
    world.until(
      () => world.commands.get(`${type}:${wanted}`) ?? world.commands.get(`${world.guild}/${type}:${wanted}`),
      () => `the command ${wanted} to be registered`,
    )
  const optionOf = (options: readonly unknown[] | undefined, wanted: string): APIApplicationCommandBasicOption => {
    const found = (options as APIApplicationCommandBasicOption[] | undefined)?.find((option) => option.name === wanted)
    if (!found) throw new Error(`Discord offers no option ${wanted} here`)
    return found
  }
  const seen = (message: Message): Seen => {
    const pictures = message.attachments.filter(({ content_type }) => content_type?.startsWith('image/'))
    const files = message.attachments.filter((attachment) => !pictures.includes(attachment))
    return {
      id: message.id,
      text: readable(message),
      buttons: buttonsOf(message).map(({ label }) => label),
      pictures: pictures.map(({ bytes }) => bytes),
      files: files.map(({ filename, bytes }) => ({ name: filename, content: bytes })),
      private: message.only === id || message.channel === user.direct,
    }
  }

  return {
    id,
    name,
    user,
    async command(wanted, values = {}) {
      const command = await registered(ApplicationCommandType.ChatInput, wanted)
      const options = Object.entries(values).map(([option, value]) => {
        const { type } = optionOf(command.options, option)
        return { name: option, type, value: type === ApplicationCommandOptionType.String ? String(value) : value }
      })
      await interact(InteractionType.ApplicationCommand, { id: command.id, name: wanted, type: command.type, options })
    },
    async choose(label, on) {
      const command = await registered(ApplicationCommandType.Message, label)
      const messages = { [on.id]: published(world, world.messages.get(on.id)!) }
      const data = { id: command.id, name: label, type: command.type, target_id: on.id, resolved: { messages } }
      await interact(InteractionType.ApplicationCommand, data)
    },
    async suggestions(wanted, option, typed) {
      const command = await registered(ApplicationCommandType.ChatInput, wanted)
      const { type } = optionOf(command.options, option)
      const data = {
        id: command.id,
        name: wanted,
        type: 1,
        options: [{ name: option, type, value: typed, focused: true }],
      }
      const interaction = await interact(InteractionType.ApplicationCommandAutocomplete, data)
      await world.until(
        () => interaction.answeredAt,
        () => `suggestions for ${option}`,
      )
      return interaction.payload.choices as APIApplicationCommandOptionChoice[]
    },
    async press(label, on) {
      const fits = (shown: string) => (typeof label === 'string' ? shown === label : label.test(shown))
      const [message, button] = await world.until(
        () => {
          for (const candidate of visible().filter((one) => !on || one.id === on.id)) {
            const found = buttonsOf(candidate).find((one) => fits(one.label) && !one.disabled)
            if (found) return [candidate, found] as const
          }
          return undefined
        },
        () => `a button ${label}; there are ${JSON.stringify(visible().flatMap(buttonsOf))}`,
      )
      const data = { custom_id: button.id, component_type: ComponentType.Button }
      await interact(InteractionType.MessageComponent, data, message)
    },
    async fill(values) {
      const { data, message } = await world.until(
        () => user.modal,
        () => 'a form',
      )
      user.modal = undefined
      const rows = data.components as unknown as { type: number; components: { custom_id: string; value?: string }[] }[]
      const unknown = Object.keys(values).filter((field) => !rows.some((row) => row.components[0]!.custom_id === field))
      if (unknown.length > 0) throw new Error(`the form has no field ${unknown.join(', ')}`)
      const components = rows.map((row) => ({
        type: row.type,
        components: row.components.map((field) => ({ ...field, value: values[field.custom_id] ?? field.value ?? '' })),
      }))
      await interact(InteractionType.ModalSubmit, { custom_id: data.custom_id, components }, message)
    },
    sees: async (pattern) =>
      seen(
        await world.until(
          () => visible().find((message) => pattern.test(readable(message))),
          () => `${pattern}; ${name} sees ${JSON.stringify(visible().map(readable))}`,
        ),
      ),
    next(given) {
      fields = given
    },
    last: () => last!,
  }
}
