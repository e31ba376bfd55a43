import type { Server } from 'node:http'
import {
  GatewayCloseCodes,
  GatewayDispatchEvents,
  GatewayOpcodes,
  type GatewaySendPayload,
} from 'discord-api-types/v10'
import { type WebSocket, WebSocketServer } from 'ws'
import type { World } from './world.ts'

interface Session {
  readonly id: string
  readonly events: { readonly t: string; readonly d: unknown; readonly s: number }[]
  socket: WebSocket | undefined
}

interface GatewayOptions {
  readonly world: World
  readonly server: Server
  readonly url: () => string
  readonly token: string
  readonly heartbeatMs: number
}

/** Discord's gateway: HELLO, IDENTIFY, READY, heartbeats, RESUME with replay, and all the ways in which it lets go. */
export function createGateway({ world, server, url, token, heartbeatMs }: GatewayOptions) {
  const refused = { path: /./u, times: 0 }
  let dropped: RegExp | undefined
  const sockets = new WebSocketServer({
    server,
    verifyClient: ({ req }, done) => {
      const isRefused = refused.times > 0 && refused.path.test(req.url ?? '')
      if (isRefused) refused.times--
      done(!isRefused, 503)
    },
  })
  const sessions = new Map<string, Session>()
  let acknowledging = true
  let identified = 0
  let resumed = 0
  let beats = 0
  let sessionRefusal: number | undefined

  const send = (socket: WebSocket, op: number, d: unknown, more: object = {}) =>
    socket.send(JSON.stringify({ op, d, ...more }))
  const dispatch = (session: Session, t: string, d: unknown): void => {
    const event = { t, d, s: session.events.length + 1 }
    session.events.push(event)
    if (session.socket) send(session.socket, GatewayOpcodes.Dispatch, d, event)
  }

  const identify = (socket: WebSocket, given: string): void => {
    if (sessionRefusal !== undefined) {
      socket.close(sessionRefusal, 'as planned')
      sessionRefusal = undefined
      return
    }
    if (given !== token) {
      socket.close(GatewayCloseCodes.AuthenticationFailed, 'Authentication failed.')
      return
    }
    if ([...sessions.values()].some((session) => session.socket === socket)) {
      socket.close(GatewayCloseCodes.AlreadyAuthenticated, 'Already authenticated.')
      return
    }
    const session: Session = { id: `session-${world.id()}`, events: [], socket }
    sessions.set(session.id, session)
    identified++
    dispatch(session, GatewayDispatchEvents.Ready, {
      v: 10,
      user: { id: world.application, username: 'zimagine', discriminator: '0', avatar: null, bot: true, flags: 0 },
      guilds: [{ id: world.guild, unavailable: true }],
      session_id: session.id,
      resume_gateway_url: `${url()}/resume`,
      shard: [0, 1],
      application: { id: world.application, flags: 0 },
    })
    world.changed()
  }

  const resume = (socket: WebSocket, sessionId: string, seq: number): void => {
    const session = sessions.get(sessionId)
    if (!session) {
      send(socket, GatewayOpcodes.InvalidSession, false)
      return
    }
    resumed++
    session.socket = socket
    for (const event of session.events.filter(({ s }) => s > seq)) send(socket, GatewayOpcodes.Dispatch, event.d, event)
    dispatch(session, GatewayDispatchEvents.Resumed, { _trace: [] })
    world.changed()
  }

  sockets.on('connection', (socket, request) => {
    if (dropped?.test(request.url ?? '')) return socket.close(GatewayCloseCodes.UnknownError)
    send(socket, GatewayOpcodes.Hello, { heartbeat_interval: heartbeatMs })
    socket.on('message', (data) => {
      const payload = JSON.parse(String(data)) as GatewaySendPayload
      if (payload.op === GatewayOpcodes.Identify) identify(socket, payload.d.token)
      else if (payload.op === GatewayOpcodes.Resume) resume(socket, payload.d.session_id, payload.d.seq)
      else if (payload.op === GatewayOpcodes.Heartbeat && acknowledging) {
        beats++
        send(socket, GatewayOpcodes.HeartbeatAck, null)
        world.changed()
      }
    })
    socket.on('close', (code) => {
      for (const session of sessions.values()) {
        if (session.socket !== socket) continue
        session.socket = undefined
        // Who says goodbye ends the session.
        if (code === 1_000 || code === 1_001) sessions.delete(session.id)
      }
      world.changed()
    })
  })

  const open = () => [...sessions.values()].filter(({ socket }) => socket !== undefined)
  const each = (act: (socket: WebSocket) => void) => {
    for (const { socket } of open()) act(socket!)
  }

  return {
    /** Sends the interaction to every session; those without a socket get it when they resume. */
    interaction(payload: unknown): void {
      for (const session of sessions.values()) dispatch(session, GatewayDispatchEvents.InteractionCreate, payload)
    },
    connected: () => open().length > 0,
    /** How many sessions have a socket. */
    connections: () => open().length,
    /** There is a session, connected or to be resumed. */
    reachable: () => sessions.size > 0,
    identified: () => identified,
    resumed: () => resumed,
    beats: () => beats,
    /** The connection breaks. The session may be resumed. */
    reset: () => each((socket) => socket.terminate()),
    close: (code: number) => each((socket) => socket.close(code)),
    askToReconnect: () => each((socket) => send(socket, GatewayOpcodes.Reconnect, null)),
    /** Op 9: the session is over. */
    invalidate(): void {
      each((socket) => send(socket, GatewayOpcodes.InvalidSession, false))
      sessions.clear()
    },
    forgetSessions: () => sessions.clear(),
    /** The next connections to such a path get a 503 instead. */
    refuse: (path: RegExp, times: number) => Object.assign(refused, { path, times }),
    /** Connections to such a path are taken and closed at once. */
    drop(path: RegExp): void {
      dropped = path
    },
    /** The next who identify themselves are turned away with this code. */
    refuseSession(code: number): void {
      sessionRefusal = code
    },
    /** A zombie takes heartbeats and answers none. */
    acknowledge(on: boolean): void {
      acknowledging = on
    },
    stop(): void {
      for (const socket of sockets.clients) socket.terminate()
    },
  }
}

export type Gateway = ReturnType<typeof createGateway>
