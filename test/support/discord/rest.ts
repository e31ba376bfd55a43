import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type APIApplicationCommand,
  type APIInteractionResponse,
  InteractionResponseType,
  MessageFlags,
  type InteractionResponseType as ResponseType,
} from 'discord-api-types/v10'
import { type Body, check, type MessageBody, readBody } from './body.ts'
import type { Faults } from './faults.ts'
import { create, createAnswer, enter, published, write } from './messages.ts'
import { Refusal, refusals } from './refusal.ts'
import type { Interaction, Message, World } from './world.ts'

// Discord: 3 s for the first answer, 15 min for everything after it.
const FIRST_ANSWER_MS = 3_000
const TOKEN_LIFE_MS = 15 * 60_000

export interface RestOptions {
  readonly world: World
  readonly faults: Faults
  readonly token: string
  readonly base: () => string
}

export interface Request {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly at: number
}

/** Discord's REST interface, as much of it as an application like ours uses. */
export function createRest({ world, faults, token, base }: RestOptions) {
  const requests: Request[] = []

  const interactionBy = (found: Interaction | undefined): Interaction => {
    if (!found) throw refusals.unknownWebhook()
    if (world.now() - found.madeAt > TOKEN_LIFE_MS) throw refusals.tokenExpired()
    if (found.state === 'waiting') throw refusals.unknownWebhook()
    return found
  }
  const byToken = (wanted: string) =>
    interactionBy([...world.interactions.values()].find((one) => one.token === wanted))

  const hookMessage = (interaction: Interaction, id: string): Message => {
    const found = id === '@original' ? interaction.original : world.messages.get(id)
    if (!found || !world.messages.has(found.id)) throw refusals.unknownMessage()
    return found
  }
  const edit = (message: Message, body: MessageBody, files: Body['files']): Message => {
    message.edits++
    return write(world, message, body, files, base())
  }
  const add = (message: Message): Message => {
    world.messages.set(message.id, message)
    return message
  }

  const callback = (id: string, given: string, { json, files }: Body): unknown => {
    const interaction = world.interactions.get(id)
    if (!interaction || interaction.token !== given) throw refusals.unknownInteraction()
    if (interaction.state === 'answered') throw refusals.alreadyAnswered()
    if (world.now() - interaction.madeAt > FIRST_ANSWER_MS) throw refusals.unknownInteraction()
    const response = json as APIInteractionResponse
    applyCallback(interaction, response, files)
    interaction.state = 'answered'
    interaction.answeredAt = world.now()
    const { original } = interaction
    const resource = original && { type: response.type, message: published(world, original) }
    return { interaction: { id, type: 2, response_message_id: original?.id }, ...(resource && { resource }) }
  }

  const applyCallback = (interaction: Interaction, response: APIInteractionResponse, files: Body['files']): void => {
    switch (response.type) {
      case InteractionResponseType.ChannelMessageWithSource: {
        check(world, 'message', response)
        const message = createAnswer(world, interaction, response.data.flags ?? 0)
        interaction.original = add(write(world, message, response.data as MessageBody, files, base()))
        return
      }
      case InteractionResponseType.DeferredChannelMessageWithSource:
        check(world, 'message', response)
        interaction.original = add(createAnswer(world, interaction, (response.data?.flags ?? 0) | MessageFlags.Loading))
        return
      case InteractionResponseType.DeferredMessageUpdate:
      case InteractionResponseType.UpdateMessage:
        check(world, 'update', response)
        if (!interaction.pressed) throw refusals.invalidBody('only a press can change its message')
        interaction.original = interaction.pressed
        if (response.type === InteractionResponseType.UpdateMessage) {
          edit(interaction.pressed, (response.data ?? {}) as MessageBody, files)
        }
        return
      case InteractionResponseType.Modal:
        check(world, 'modal', response)
        interaction.person.modal = { data: response.data, message: interaction.pressed }
        return
      case InteractionResponseType.ApplicationCommandAutocompleteResult:
        check(world, 'completion', response)
        interaction.payload.choices = response.data.choices
        return
      default:
        throw refusals.invalidBody(`type ${(response as { type: ResponseType }).type}`)
    }
  }

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
    enter(world, channel, files.size > 0)
    const nonce = body.nonce === undefined ? undefined : String(body.nonce)
    const same = [...world.messages.values()].find((one) => one.channel === channel && one.nonce === nonce)
    if (nonce !== undefined && body.enforce_nonce && same) return published(world, same)
    return published(world, add(write(world, create(world, channel, { nonce }), body, files, base())))
  }

  const editInChannel = (channel: string, id: string, { json, files }: Body): unknown => {
    const body = check<MessageBody>(world, 'edit', json)
    if (!world.channels.has(channel)) throw refusals.unknownChannel()
    const message = world.messages.get(id)
    if (message?.channel !== channel || message.only) throw refusals.unknownMessage()
    return published(world, edit(message, body, files))
  }

  const followUp = (given: string, { json, files }: Body): unknown => {
    const interaction = byToken(given)
    const body = check<MessageBody>(world, 'followUp', json)
    const message = createAnswer(world, interaction, body.flags ?? 0)
    return published(world, add(write(world, message, body, files, base())))
  }

  const openDirect = (body: unknown): unknown => {
    const person = world.users.get(check<{ recipient_id: string }>(world, 'direct', body).recipient_id)
    if (!person) throw refusals.unknownUser()
    return { id: person.direct, type: 1, recipients: [] }
  }

  const route = (method: string, path: string, search: URLSearchParams, body: Body, authorised: boolean): unknown => {
    const [room, a = '', b = '', c = '', d = ''] = path.split('/').slice(1).map(decodeURIComponent)
    if (room === 'interactions' && c === 'callback') {
      const answer = callback(a, b, body)
      return search.get('with_response') === 'true' ? answer : undefined
    }
    if (room === 'webhooks' && method === 'POST' && !c) return followUp(b, body)
    if (room === 'webhooks' && c === 'messages') {
      const interaction = byToken(b)
      const message = hookMessage(interaction, d)
      if (method === 'DELETE') return void world.messages.delete(message.id)
      if (method === 'PATCH') return published(world, edit(message, check(world, 'hookEdit', body.json), body.files))
    }
    if (!authorised) throw refusals.unauthorized()
    if (path === '/gateway/bot') {
      const limit = { total: 1_000, remaining: 999, reset_after: 86_400_000, max_concurrency: 1 }
      return { url: base().replace('http', 'ws'), shards: 1, session_start_limit: limit }
    }
    if (method === 'PUT' && path.endsWith('/commands')) return register(b === 'guilds' ? c : undefined, body.json)
    if (method === 'POST' && path === '/users/@me/channels') return openDirect(body.json)
    if (method === 'POST' && room === 'channels' && b === 'messages') return postInChannel(a, body)
    if (method === 'PATCH' && room === 'channels' && b === 'messages') return editInChannel(a, c, body)
    throw refusals.unknownRoute()
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', base())
    const method = request.method ?? 'GET'
    if (pathname.startsWith('/attachments/')) return sendAttachment(world, pathname, response)
    const path = pathname.replace(/^\/api\/v10/u, '')
    const fault = faults.next(method, path)
    if (fault?.kind === 'reset') return void request.socket.destroy()
    let [status, result, headers]: [number, unknown, Record<string, string>] = [200, undefined, {}]
    try {
      if (fault?.kind === 'status') throw new Refusal(fault.status, 0, 'as planned', fault.retryAfterSeconds)
      const body = await readBody(request)
      if (fault?.kind === 'held') {
        const released = faults.held()
        world.changed()
        await released
      }
      result = route(method, path, searchParams, body, request.headers.authorization === `Bot ${token}`)
      status = result === undefined ? 204 : 200
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { code, message, retryAfterSeconds } = error
      status = error.status
      result = { code, message, ...(status === 429 && { retry_after: retryAfterSeconds ?? 1, global: false }) }
      if (status === 429) headers = { 'retry-after': String(retryAfterSeconds ?? 1), 'x-ratelimit-scope': 'user' }
    }
    requests.push({ method, path, status, at: world.now() })
    if (fault?.kind === 'lost') request.socket.destroy()
    else if (result === undefined) response.writeHead(204).end()
    else response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(result))
    world.changed()
  }

  return { requests, answer }
}

/** Discord's file server. */
function sendAttachment(world: World, path: string, response: ServerResponse): void {
  const [, , , id] = path.split('/')
  const found = [...world.messages.values()].flatMap(({ attachments }) => attachments).find((one) => one.id === id)
  if (found) response.writeHead(200, { 'content-type': found.content_type! }).end(found.bytes)
  else response.writeHead(404).end()
}
