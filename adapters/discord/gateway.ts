import {
  type APIInteraction,
  Client,
  DiscordjsErrorCodes,
  Events,
  GatewayCloseCodes,
  GatewayDispatchEvents,
  type GatewayDispatchPayload,
} from 'discord.js'
import { faultOf, requestFaultOf } from './errors.ts'
import { createIdentifyThrottler } from './identify.ts'
import type { Log } from './log.ts'
import type { Memory } from './memory.ts'
import { PatientStrategy } from './patient-strategy.ts'
import { pause, type Timing } from './timing.ts'

// Login asks for the gateway's address by REST and gives up at the first failure.
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
// Discord asks for a heartbeat about every 41 s. Two missed ones and a reconnection fit in this.
const SICK_AFTER_MS = 120_000
// The address that Discord gave for resuming may be gone for good: a new session begins at the usual one. What was asked
// meanwhile is too old for an answer by then.
const RESUME_ATTEMPTS = 6
// A dead connection does not say goodbye.
const CLOSING_MS = 5_000
const TOKEN_REFUSED = 'Discord refuses the token: set DISCORD_TOKEN to the one under Bot in the Developer Portal'

interface GatewayDeps {
  readonly token: string
  readonly apiUrl: string | undefined
  readonly timing: Timing
  readonly log: Log
  readonly memory: Memory
  readonly onInteraction: (interaction: APIInteraction) => void
  /** The application's id, whenever a session begins. */
  readonly onSession: (application: string) => void
}

/** `connecting` covers everything from the first attempt to a working session, and every outage. */
type GatewayState = 'connecting' | 'connected' | 'stopped'

/**
 * The one connection through which interactions come. The library resumes and reconnects by itself after resets, closes,
 * op 7, op 9 and zombies; what it does not do is here: trying to log in again, and identifying ever more slowly.
 */
export function createGateway({ token, apiUrl, timing, log, memory, onInteraction, onSession }: GatewayDeps) {
  let state: GatewayState = 'connecting'
  let client: Client | undefined
  let failures = 0
  let cancelRetry = () => {}
  /** Since a session stood. */
  let [errors, closed] = [0, 0]
  const ended = Promise.withResolvers<void>()
  const throttlerFor = createIdentifyThrottler({ memory, timing, ended: () => state === 'stopped' })

  const connect = (): void => {
    let forgetSession = (_shard: number): unknown => undefined
    const mine = new Client({
      // Interactions come to every application: nothing else is wanted.
      intents: [],
      ...(apiUrl && { rest: { api: apiUrl } }),
      ws: {
        buildStrategy: (sockets) => {
          forgetSession = (shard) => sockets.options.updateSessionInfo(shard, null)
          return new PatientStrategy(sockets)
        },
        buildIdentifyThrottler: async (sockets) =>
          throttlerFor(async () => {
            await sockets.destroy()
            ended.resolve()
          }),
      },
    })
    client = mine
    // Without a listener the first error of a handler would end the process.
    mine.on(Events.Error, (error) => log.error({ reason: error.message }, 'the Discord library failed'))
    mine.on(Events.ShardError, (error) => {
      // Told once an outage: the library tries twice a second.
      if (++errors === 1) log.warn({ reason: error.message }, 'the Discord connection failed')
    })
    mine.on(Events.ShardReconnecting, (shard) => {
      // The first is the connection that stood. Not every one of the others ends in an error: some are taken and closed.
      if (++closed > RESUME_ATTEMPTS) forgetSession(shard)
      lost('the Discord connection is lost')
    })
    mine.on(Events.ShardResume, () => found(mine))
    // Discord will not have this session back: a wrong token, too few shards.
    mine.on(Events.ShardDisconnect, ({ code }) =>
      again(mine, `Discord closed the connection with code ${code}`, code === GatewayCloseCodes.AuthenticationFailed),
    )
    // Raw, as Discord sent it: ids stay strings, and nothing is dropped before the library thinks itself ready.
    mine.on(Events.Raw, (packet: { t: string; d: unknown }) => {
      const { t: kind, d: data } = packet as GatewayDispatchPayload
      if (kind === GatewayDispatchEvents.Resumed) return
      if (kind === GatewayDispatchEvents.Ready) {
        found(mine)
        if (state !== 'stopped') onSession(data.application.id)
        return
      }
      // The library would keep what grows, and build objects whose first missing field ends the process.
      packet.t = 'TAKEN'
      if (kind === GatewayDispatchEvents.InteractionCreate && data !== null) onInteraction(data)
    })
    mine.login(token).catch((error) => again(mine, reasonOf(error), error.code === DiscordjsErrorCodes.TokenInvalid))
  }

  const found = (mine: Client): void => {
    failures = 0
    errors = 0
    closed = 0
    if (state === 'stopped') {
      void mine.destroy().finally(ended.resolve)
      return
    }
    state = 'connected'
    log.info({}, 'connected to Discord')
  }
  const lost = (message: string): void => {
    // Told once an outage: the library tries twice a second.
    if (state !== 'connected') return
    state = 'connecting'
    log.warn({}, message)
  }

  const again = (gone: Client, reason: string, isToken: boolean): void => {
    if (gone === client) client = undefined
    if (state === 'stopped') ended.resolve()
    if (state === 'stopped' || client) return
    state = 'connecting'
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++)
    if (isToken) log.error({ reason, pauseMs }, TOKEN_REFUSED)
    else log.warn({ reason, pauseMs }, 'Discord is tried again')
    gone.destroy().catch(() => {})
    cancelRetry = timing.after(pauseMs, connect)
  }

  return {
    start: connect,
    async stop(): Promise<void> {
      const before = state
      state = 'stopped'
      cancelRetry()
      if (!client || before === 'stopped') return
      // A connection that is being made cannot be let go without the library crashing over it: it is ended when it stands.
      const end = before === 'connected' ? client.destroy() : ended.promise
      await Promise.race([end, pause(timing, CLOSING_MS)])
    },
    /** `ok`: Discord answered a heartbeat lately. The library stays "ready" through an outage; this does not. */
    health(): { ok: boolean; detail: GatewayState } {
      const beatAt = client?.ws.shards.first()?.lastPingTimestamp ?? 0
      const startedAt = client?.readyTimestamp ?? 0
      // The library stamps with the machine's clock.
      return { ok: Date.now() - Math.max(beatAt, startedAt) < SICK_AFTER_MS, detail: state }
    },
  }
}

function reasonOf(error: unknown): string {
  // The library looks for the gateway's address in whatever was answered.
  if (error instanceof TypeError) return 'what answered is not Discord'
  // The error of a host with several addresses says nothing itself.
  return faultOf(error).message || requestFaultOf(error).message
}
