import { MessageFlags, PermissionFlagsBits } from 'discord-api-types/v10'
import type { Body, MessageBody } from './body.ts'
import { refusals } from './refusal.ts'
import type { Interaction, Message, World } from './world.ts'

// Discord: content is 2,000 characters for applications.
const CONTENT_LENGTH = 2_000

/** Writes the body into the message as Discord does: what it does not name stays, `attachments` says which files do. */
export function write(world: World, message: Message, body: MessageBody, files: Body['files'], base: string): Message {
  refuseBadBody(world, body, files)
  if (body.content !== undefined) message.content = body.content ?? ''
  if (body.embeds !== undefined) message.embeds = body.embeds ?? []
  if (body.components !== undefined) message.components = body.components ?? []
  if (body.attachments !== undefined || files.size > 0) {
    const kept = message.attachments.filter(({ id }) => body.attachments?.some((named) => String(named.id) === id))
    const added = [...files].map(([index, file]) => {
      const named = body.attachments?.find(({ id }) => String(id) === index)
      const id = world.id()
      const filename = named?.filename ?? file.name
      const url = `${base}/attachments/${message.channel}/${id}/${filename}`
      const size = file.bytes.byteLength
      return {
        id,
        filename,
        url,
        proxy_url: url,
        size,
        content_type: file.type,
        bytes: file.bytes,
        description: named?.description ?? '',
      }
    })
    message.attachments = [...kept, ...added]
  }
  if (message.content === '' && message.embeds.length === 0 && message.attachments.length === 0)
    throw refusals.emptyMessage()
  message.flags &= ~MessageFlags.Loading
  message.pings = pingsOf(body, message.content)
  return message
}

/** The same for a message that is there. */
export function edit(world: World, message: Message, body: MessageBody, files: Body['files'], base: string): Message {
  message.edits++
  return write(world, message, body, files, base)
}

export function add(world: World, message: Message): Message {
  world.messages.set(message.id, message)
  return message
}

export function create(world: World, channel: string, more: Partial<Message> = {}): Message {
  const message: Message = {
    id: world.id(),
    channel,
    nonce: undefined,
    only: undefined,
    flags: 0,
    content: '',
    embeds: [],
    components: [],
    attachments: [],
    pings: [],
    edits: 0,
    ...more,
  }
  return message
}

/** A message that answers an interaction; private to its person where its flags say so. */
export function createAnswer(world: World, { channel, person }: Interaction, flags: number): Message {
  const only = flags & MessageFlags.Ephemeral ? person.id : undefined
  return create(world, channel, { flags, only })
}

/** Throws where the bot may not write this into the channel. */
export function enter(
  world: World,
  channelId: string,
  writes: { readonly files: boolean; readonly embeds: boolean },
): void {
  const channel = world.channels.get(channelId)
  if (!channel) throw refusals.unknownChannel()
  const person = [...world.users.values()].find(({ direct }) => direct === channelId)
  if (person && !person.open) throw refusals.closedDirect()
  if (person) return
  const { ViewChannel, SendMessages, AttachFiles, EmbedLinks } = PermissionFlagsBits
  if (!(channel.permissions & ViewChannel)) throw refusals.missingAccess()
  if (!(channel.permissions & SendMessages)) throw refusals.missingPermissions()
  if (writes.files && !(channel.permissions & AttachFiles)) throw refusals.missingPermissions()
  if (writes.embeds && !(channel.permissions & EmbedLinks)) throw refusals.missingPermissions()
}

/** As Discord gives a message out. */
export function published(world: World, message: Message): Record<string, unknown> {
  const { id, channel, nonce, flags, content, embeds, components, attachments } = message
  const author = { id: world.application, username: 'zimagine', discriminator: '0', avatar: null, bot: true }
  return {
    id,
    channel_id: channel,
    author,
    application_id: world.application,
    type: 0,
    timestamp: new Date(world.now()).toISOString(),
    edited_timestamp: null,
    tts: false,
    pinned: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    flags,
    content,
    embeds,
    components,
    attachments: attachments.map(({ bytes: _, ...attachment }) => attachment),
    ...(nonce !== undefined && { nonce }),
  }
}

function refuseBadBody(world: World, body: MessageBody, files: Body['files']): void {
  const refuse = (why: string) => {
    world.violations.push(why)
    throw refusals.invalidBody(why)
  }
  if ((body.content?.length ?? 0) > CONTENT_LENGTH) refuse('content: Must be 2000 or fewer in length.')
  const ids = JSON.stringify(body.components ?? []).match(/"custom_id":"(?:[^"\\]|\\.)*"/gu) ?? []
  if (new Set(ids).size < ids.length) refuse('components: Component custom id cannot be duplicated')
  for (const { id } of body.attachments ?? []) {
    if (String(id).length < 17 && !files.has(String(id))) refuse(`attachments: no file ${id}`)
  }
  if ([...files.values()].some((file) => file.bytes.byteLength > world.uploadBytes)) throw refusals.tooLarge()
}

/** Whom the content pings, as far as `allowed_mentions` lets it. Without that field, everybody it names. */
function pingsOf({ allowed_mentions: allowed }: MessageBody, content: string): string[] {
  const may = (kind: 'users' | 'roles', id: string) =>
    !allowed || (allowed.parse?.includes(kind as never) ?? false) || (allowed[kind]?.includes(id) ?? false)
  const users = [...content.matchAll(/<@!?(\d+)>/gu)].map(([, id]) => id!).filter((id) => may('users', id))
  const roles = [...content.matchAll(/<@&(\d+)>/gu)].map(([, id]) => id!).filter((id) => may('roles', id))
  const everyone = /@(everyone|here)/u.test(content) && (!allowed || allowed.parse?.includes('everyone' as never))
  return [...users, ...roles, ...(everyone ? ['everyone'] : [])]
}
