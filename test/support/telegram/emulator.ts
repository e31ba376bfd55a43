import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ChatMember, ChatMemberAdministrator } from '@grammyjs/types'
import sharp from 'sharp'
import { editMethods } from './edit.ts'
import { createFaults } from './faults.ts'
import { createFlood } from './flood.ts'
import { createMenus } from './menus.ts'
import { createQueries } from './queries.ts'
import { badRequest, Refusal, unauthorized } from './refusal.ts'
import { type MethodName, type Methods, type Params, type Request, readRequest, type Uploads } from './request.ts'
import { sendMethods } from './send.ts'
import { createUpdates } from './updates.ts'
import { createWorld } from './world.ts'

interface EmulatorOptions {
  readonly token: string
  readonly now?: () => number
}

/** A call that was carried out, or refused in these words. */
interface Recorded extends Request {
  readonly refusal: string | undefined
}

export type Emulator = Awaited<ReturnType<typeof startEmulator>>

/** Telegram's Bot API on a loopback port, as far as a bot that draws can tell. */
export async function startEmulator({ token, now = Date.now }: EmulatorOptions) {
  const world = createWorld(now)
  const flood = createFlood(now)
  const updates = createUpdates(world)
  const queries = createQueries(world, now)
  const menus = createMenus(world)
  const faults = createFaults()
  /** Every call that was carried out or refused, oldest first. */
  const calls: Recorded[] = []
  /** With what each file was asked for. */
  const authorizations: (string | undefined)[] = []
  let isRevoked = false

  const methods: Methods = {
    ...sendMethods(world, flood),
    ...editMethods(world, flood),
    ...queries.methods,
    ...menus.methods,
    ...updates.methods,
    getMe: () => world.me,
    getFile: (params) => {
      const file = world.files.get(params.file_id)
      if (!file) throw badRequest('invalid file_id')
      return {
        file_id: file.id,
        file_unique_id: file.id,
        file_size: file.content.length,
        file_path: `files/${file.id}`,
      }
    },
    getChatMemberCount: (params) => world.openRoom(Number(params.chat_id)).members.size,
    getChatMember: (params) => {
      const user = world.userOf(Number(params.user_id))
      if (!user) throw badRequest('user not found')
      const { members, anonymous } = world.openRoom(Number(params.chat_id))
      return { user, status: members.get(user.id) ?? 'left', is_anonymous: anonymous.has(user.id) } as ChatMember
    },
    getChatAdministrators: (params) =>
      [...world.openRoom(Number(params.chat_id)).members].flatMap(([id, status]) =>
        status === 'administrator' ? [{ user: world.userOf(id)!, status } as ChatMemberAdministrator] : [],
      ),
  }

  const server = createServer((incoming, response) => void serve(incoming, response).catch(() => response.destroy()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    token,
    ...{ world, updates, queries, menus, faults, calls, authorizations, now },
    /** The owner asked BotFather for another token. */
    revoke() {
      isRevoked = true
      updates.expel(unauthorized)
    },
    restore() {
      isRevoked = false
    },
    /** Nothing listens any more, and every connection is cut. */
    async goDown() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      updates.close()
      await closed
    },
    comeBack: () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve)),
    callsOf: <M extends MethodName>(method: M) =>
      calls.filter((call) => call.method === method).map(({ params }) => params as Params<M>),
    async close() {
      updates.close()
      if (!server.listening) return
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, root, ...rest] = new URL(incoming.url!, 'http://x').pathname.split('/')
    if (root === 'file') return serveFile(rest, incoming, response)
    const method = rest[0] ?? ''
    world.changed()
    if (root !== `bot${token}` || isRevoked) return refuse(response, unauthorized)
    const fault = faults.take(method)
    if (fault?.kind === 'cut') {
      fault.meanwhile?.()
      incoming.destroy()
      return
    }
    if (fault?.kind === 'hang') return
    if (fault?.kind === 'page')
      return void response.writeHead(fault.status, { 'content-type': 'text/html' }).end(fault.text)
    // Before the body has arrived, as a server in front does it.
    if (fault?.kind === 'refuse') return refuse(response, fault.refusal)

    const request = await readRequest(method, incoming)
    if (method === 'getUpdates') return poll(request, response)
    const carryOut = methods[method as MethodName] as ((params: object, uploads: Uploads) => unknown) | undefined
    if (!carryOut) return refuse(response, new Refusal(404, 'Not Found'))
    try {
      const result = carryOut(request.params, request.uploads)
      record(request)
      if (fault?.kind !== 'lose-answer') send(response, 200, { ok: true, result })
      else {
        fault.meanwhile?.()
        response.destroy()
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      record(request, error)
      refuse(response, error)
    }
  }

  function record(request: Request, refusal?: Refusal): void {
    calls.push({ ...request, refusal: refusal?.message })
    world.changed()
  }

  function poll(request: Request, response: ServerResponse): void {
    const answer = (result: unknown) => send(response, 200, { ok: true, result })
    response.on('close', () => updates.forget(answer))
    updates.poll(request.params, answer, (refusal) => refuse(response, refusal))
    world.changed()
  }

  async function serveFile([bot, ...path]: string[], incoming: IncomingMessage, response: ServerResponse) {
    const file = world.files.get(path.at(-1) ?? '')
    authorizations.push(incoming.headers.authorization)
    world.changed()
    if (faults.take('file')?.kind === 'hang') return
    if (bot !== `bot${token}` || !file) return refuse(response, new Refusal(404, 'Not Found'))
    response.end(file.isPhoto ? await sharp(file.content).jpeg().toBuffer() : file.content)
  }
}

function refuse(response: ServerResponse, { answer }: Refusal): void {
  send(response, answer.error_code, answer)
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
