import { EventEmitter, once } from 'node:events'
import {
  type APIApplicationCommand,
  type APIAttachment,
  type APIEmbed,
  type APIMessageTopLevelComponent,
  type APIModalInteractionResponseCallbackData,
  PermissionFlagsBits,
} from 'discord-api-types/v10'

const { ViewChannel, SendMessages, SendMessagesInThreads, AttachFiles, EmbedLinks } = PermissionFlagsBits
const DISCORD_EPOCH = 1_420_070_400_000n

export interface User {
  readonly id: string
  readonly username: string
  readonly locale: string
  readonly permissions: bigint
  /** Their conversation with the bot. */
  readonly direct: string
  /** "Allow direct messages" is switched on. */
  open: boolean
  modal: { readonly data: APIModalInteractionResponseCallbackData; readonly message: Message | undefined } | undefined
}

interface Channel {
  readonly id: string
  readonly guild: string | undefined
  /** What the bot may do here. */
  permissions: bigint
  readonly nsfw: boolean
}

export interface Message {
  readonly id: string
  readonly channel: string
  readonly nonce: string | undefined
  /** Whom it is for, where it is for one person only. */
  readonly only: string | undefined
  flags: number
  content: string
  embeds: APIEmbed[]
  components: APIMessageTopLevelComponent[]
  attachments: (APIAttachment & { readonly bytes: Buffer })[]
  /** Who was told of it: user ids, role ids, `everyone`. */
  pings: string[]
  /** How often it was changed. */
  edits: number
}

export interface Interaction {
  readonly id: string
  readonly token: string
  readonly madeAt: number
  readonly person: User
  readonly channel: string
  readonly pressed: Message | undefined
  readonly payload: Record<string, unknown>
  state: 'waiting' | 'answered'
  /** When the first answer arrived. */
  answeredAt: number | undefined
  original: Message | undefined
}

/** All that Discord knows. `changed` is told of every change, so that nobody has to look again and again. */
export function createWorld(now: () => number) {
  let count = 0n
  const changes = new EventEmitter().setMaxListeners(0)
  const id = () => String(((BigInt(Math.floor(now())) - DISCORD_EPOCH) << 22n) | (count++ & 0x3f_ffffn))
  const guild = id()
  const application = id()
  const channels = new Map<string, Channel>()
  const addChannel = (of: string | undefined, options: Partial<Channel> = {}): Channel => {
    const permissions = ViewChannel | SendMessages | SendMessagesInThreads | AttachFiles | EmbedLinks
    const channel = { id: id(), guild: of, permissions, nsfw: false, ...options }
    channels.set(channel.id, channel)
    return channel
  }

  return {
    now,
    id,
    guild,
    application,
    channels,
    addChannel,
    /** The channel where everybody is. */
    lobby: addChannel(guild),
    users: new Map<string, User>(),
    messages: new Map<string, Message>(),
    interactions: new Map<string, Interaction>(),
    /** By type and name, such as `1:imagine`; after the server and a slash where they are a server's. */
    commands: new Map<string, APIApplicationCommand>(),
    registrations: 0,
    /** Largest file that is taken. */
    uploadBytes: 10 * 2 ** 20,
    /** What the client sent against the specification: a test that leaves one here fails. */
    violations: [] as string[],
    changed: () => changes.emit('changed'),
    /** Resolves with the first thing that `look` finds, now or after a change. */
    async until<T>(look: () => T | undefined, what: () => string, patienceMs = 30_000): Promise<T> {
      const patience = AbortSignal.timeout(patienceMs)
      for (;;) {
        const found = look()
        if (found !== undefined) return found
        await once(changes, 'changed', { signal: patience }).catch(() => {
          throw new Error(`waited ${patienceMs} ms for ${what()}`)
        })
      }
    },
  }
}

export type World = ReturnType<typeof createWorld>
