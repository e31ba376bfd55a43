import type { InteractionType } from 'discord-api-types/v10'
import { published } from './messages.ts'
import type { Interaction, Message, User, World } from './world.ts'

interface Doing {
  readonly type: InteractionType
  readonly data: object
  readonly person: User
  readonly channel: string
  readonly pressed: Message | undefined
  /** Instead of the usual ones. */
  readonly fields: Record<string, unknown>
}

/** Something that a person does, as Discord tells the application of it. */
export function createInteraction(world: World, doing: Doing): Interaction {
  const { person, channel, pressed } = doing
  const [id, token] = [world.id(), `token-${world.id()}`]
  return {
    id,
    token,
    madeAt: world.now(),
    person,
    channel,
    pressed,
    state: 'waiting',
    answeredAt: undefined,
    original: undefined,
    payload: {
      id,
      token,
      application_id: world.application,
      version: 1,
      type: doing.type,
      data: doing.data,
      locale: person.locale,
      entitlements: [],
      attachment_size_limit: 10 * 2 ** 20,
      ...whereAndWho(world, doing),
      ...(pressed && { message: published(world, pressed) }),
      ...doing.fields,
    },
  }
}

function whereAndWho(world: World, { person, channel }: Doing): object {
  const { guild, nsfw, permissions } = world.channels.get(channel)!
  const user = { id: person.id, username: person.username, discriminator: '0', global_name: null, avatar: null }
  const place = {
    channel_id: channel,
    channel: { id: channel, type: guild ? 0 : 1, nsfw },
    app_permissions: String(permissions),
    context: guild ? 0 : 1,
  }
  if (!guild) return { ...place, user, authorizing_integration_owners: { 0: '0' } }
  const rights = { roles: [], permissions: String(person.permissions) }
  const member = { user, nick: null, joined_at: '', deaf: false, mute: false, flags: 0, ...rights }
  const server = { id: guild, locale: 'en-US', features: [] }
  return { ...place, guild_id: guild, guild: server, member, authorizing_integration_owners: { 0: guild } }
}
