import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { PermissionFlagsBits } from 'discord-api-types/v10'
import type { PersonOptions } from '../conversation.ts'
import { createFaults } from './faults.ts'
import { createGateway } from './gateway.ts'
import { createPerson, type DiscordPerson } from './person.ts'
import { createRest } from './rest.ts'
import { createWorld, type User } from './world.ts'

export interface EmulatorOptions {
  readonly now?: () => number
  readonly token?: string
  readonly heartbeatMs?: number
}

/** Discord on a port of this machine: REST and gateway, one server, and the people in it. */
export async function startDiscord({
  now = Date.now,
  token = 'MTIz.emulated.token',
  heartbeatMs = 41_250,
}: EmulatorOptions = {}) {
  const world = createWorld(now)
  const faults = createFaults()
  const sockets = new Set<Socket>()
  let address = ''
  const base = () => address
  const rest = createRest({ world, faults, token, base })
  const server = createServer((request, response) => {
    rest.answer(request, response).catch((error: unknown) => {
      world.violations.push(error instanceof Error ? `${error.stack}` : String(error))
      response.writeHead(500).end()
    })
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const port = await listen(0)
  address = `http://127.0.0.1:${port}`
  const gateway = createGateway({ world, server, url: () => `ws://127.0.0.1:${port}`, token, heartbeatMs })
  const hangUp = async () => {
    const closed = once(server, 'close')
    server.close()
    gateway.stop()
    for (const socket of sockets) socket.destroy()
    await closed
  }

  return {
    apiUrl: `${address}/api`,
    token,
    world,
    faults,
    gateway,
    requests: rest.requests,
    person(name: string, options: PersonOptions = {}): DiscordPerson {
      const permissions = options.moderator ? PermissionFlagsBits.ManageGuild : 0n
      const direct = world.addChannel(undefined).id
      const locale = options.locale ?? 'en-US'
      const user: User = { id: world.id(), username: name, locale, permissions, direct, open: true, modal: undefined }
      world.users.set(user.id, user)
      return createPerson({ world, gateway, user, channel: options.direct ? direct : world.lobby.id })
    },
    /** Nothing answers, and sessions end: connections are refused until it is over. */
    async outage(): Promise<() => Promise<void>> {
      await hangUp()
      gateway.forgetSessions()
      return async () => void (await listen(port))
    },
    /** Throws where the client sent what Discord's specification does not allow. */
    async close(): Promise<void> {
      if (server.listening) await hangUp()
      if (world.violations.length > 0)
        throw new Error(`the client broke Discord's rules: ${world.violations.join('\n')}`)
    },
  }
}
