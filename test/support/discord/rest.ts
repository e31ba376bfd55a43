import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Body, readBody } from './body.ts'
import { createChannels } from './channels.ts'
import type { Faults } from './faults.ts'
import { createInteractions } from './interactions.ts'
import { createLimits } from './limits.ts'
import { Refusal, refusals } from './refusal.ts'
import type { World } from './world.ts'

interface RestOptions {
  readonly world: World
  readonly faults: Faults
  readonly token: string
  readonly base: () => string
}

interface Request {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly at: number
}

/** Discord's REST interface, as much of it as an application like ours uses. */
export function createRest({ world, faults, token, base }: RestOptions) {
  const requests: Request[] = []
  const limits = createLimits(world.now)
  const interactions = createInteractions(world, base)
  const channels = createChannels(world, base)

  const route = (method: string, path: string, search: URLSearchParams, body: Body, authorised: boolean): unknown => {
    const [room, a = '', b = '', c = '', d = ''] = path.split('/').slice(1).map(decodeURIComponent)
    if (room === 'interactions' && c === 'callback') {
      const answer = interactions.callback(a, b, body)
      return search.get('with_response') === 'true' ? answer : undefined
    }
    if (room === 'webhooks' && method === 'POST' && !c) return interactions.followUp(b, body)
    if (room === 'webhooks' && c === 'messages' && method === 'GET') return interactions.showMessage(b, d)
    if (room === 'webhooks' && c === 'messages' && method === 'PATCH') return interactions.editMessage(b, d, body)
    if (room === 'webhooks' && c === 'messages' && method === 'DELETE') return interactions.deleteMessage(b, d)
    if (!authorised) throw refusals.unauthorized()
    if (path === '/gateway/bot') {
      const limit = { total: 1_000, remaining: 999, reset_after: 86_400_000, max_concurrency: 1 }
      return { url: base().replace('http', 'ws'), shards: 1, session_start_limit: limit }
    }
    if (method === 'PUT' && path.endsWith('/commands'))
      return channels.register(b === 'guilds' ? c : undefined, body.json)
    if (method === 'POST' && path === '/users/@me/channels') return channels.openDirect(body.json)
    if (method === 'GET' && room === 'channels' && !b) return channels.show(a)
    if (method === 'POST' && room === 'channels' && b === 'messages') return channels.postInChannel(a, body)
    if (method === 'PATCH' && room === 'channels' && b === 'messages') return channels.editInChannel(a, c, body)
    throw refusals.unknownRoute()
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', base())
    const method = request.method ?? 'GET'
    const path = pathname.replace(/^\/api\/v10/u, '')
    const fault = faults.next(method, path)
    const hold = async () => {
      if (fault?.kind !== 'held') return
      const released = faults.held()
      world.changed()
      await released
    }
    if (path.startsWith('/attachments/')) {
      if (fault?.kind === 'status') return void response.writeHead(fault.status).end()
      await hold()
      return sendAttachment(world, path, response)
    }
    if (fault?.kind === 'reset') return void request.socket.destroy()
    if (fault?.kind === 'page') {
      // A server in front may well answer before it has read what was sent.
      request.resume()
      return void response.writeHead(fault.status, { 'content-type': 'text/html', ...fault.headers }).end('<html>')
    }
    let [status, result, headers]: [number, unknown, Record<string, string>] = [200, undefined, {}]
    try {
      if (fault?.kind === 'status')
        throw new Refusal(fault.status, fault.code ?? 0, 'as planned', fault.retryAfterSeconds)
      const body = await readBody(request)
      headers = limits.take(method, path)
      await hold()
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
    else if (result === undefined) response.writeHead(204, headers).end()
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
