import type { APIApplicationCommand } from 'discord-api-types/v10'
import { type Body, check, type MessageBody } from './body.ts'
import { add, create, edit, enter, published, write } from './messages.ts'
import { refusals } from './refusal.ts'
import type { World } from './world.ts'

/** What the bot does of its own accord, by its token. */
export function createChannels(world: World, base: () => string) {
  const register = (guild: string | undefined, body: unknown): unknown => {
    const wanted = body as APIApplicationCommand[]
    for (const command of wanted) check(world, 'commands', command)
    const known = [...world.commands.values()].filter((command) => command.guild_id === guild)
    for (const [key, command] of world.commands) if (command.guild_id === guild) world.commands.delete(key)
    for (const command of wanted) {
      const id = known.find(({ name, type }) => name === command.name && type === command.type)?.id ?? world.id()
      world.commands.set(`${guild ? `${guild}/` : ''}${command.type}:${command.name}`, {
        ...command,
        id,
        application_id: world.application,
        ...(guild && { guild_id: guild }),
      })
    }
    world.registrations++
    return [...world.commands.values()]
  }

  const postInChannel = (channel: string, { json, files }: Body): unknown => {
    const body = check<MessageBody>(world, 'post', json)
    enter(world, channel, { files: files.size > 0, embeds: (body.embeds?.length ?? 0) > 0 })
    const nonce = body.nonce === undefined ? undefined : String(body.nonce)
    const same = [...world.messages.values()].find((one) => one.channel === channel && one.nonce === nonce)
    if (nonce !== undefined && body.enforce_nonce && same) return published(world, same)
    return published(world, add(world, write(world, create(world, channel, { nonce }), body, files, base())))
  }

  const editInChannel = (channel: string, id: string, { json, files }: Body): unknown => {
    const body = check<MessageBody>(world, 'edit', json)
    if (!world.channels.has(channel)) throw refusals.unknownChannel()
    const message = world.messages.get(id)
    if (message?.channel !== channel || message.only) throw refusals.unknownMessage()
    return published(world, edit(world, message, body, files, base()))
  }

  const show = (id: string): unknown => {
    const channel = world.channels.get(id)
    if (!channel) throw refusals.unknownChannel()
    return { id, type: channel.guild ? 0 : 1, nsfw: channel.nsfw }
  }

  const openDirect = (body: unknown): unknown => {
    const person = world.users.get(check<{ recipient_id: string }>(world, 'direct', body).recipient_id)
    if (!person) throw refusals.unknownUser()
    return { id: person.direct, type: 1, recipients: [] }
  }

  return { register, show, postInChannel, editInChannel, openDirect }
}
