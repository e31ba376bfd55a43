import { isDeepStrictEqual } from 'node:util'
import type { CommandInfo } from '../../src/commands/command.ts'
import { faultOf } from './errors.ts'
import type { Log } from './log.ts'
import type { Memory } from './memory.ts'
import { fingerprint, registrationOf } from './registration.ts'
import type { Timing } from './timing.ts'
import type { Wire } from './wire.ts'

// Commands that Discord has from the last start go on working meanwhile.
const FIRST_PAUSE_MS = 5_000
const LONGEST_PAUSE_MS = 10 * 60_000

export interface RegistrarDeps {
  readonly wire: Wire
  readonly memory: Memory
  readonly timing: Timing
  readonly log: Log
  readonly commands: readonly CommandInfo[]
  readonly guilds: readonly string[]
}

/**
 * Tells Discord the commands, when they are not those that it was told last. Compared by what we send: Discord takes 200
 * new commands a day, and what it gives back never equals what it got. Where they are no longer wanted they are taken back.
 */
export function createRegistrar({ wire, memory, timing, log, commands, guilds }: RegistrarDeps) {
  const registration = registrationOf(commands, guilds.length === 0)
  let cancelRetry = () => {}
  let failures = 0
  /** Where they are by now, of those that this process has to tell. */
  const told = new Set<string | undefined>()

  const register = async (app: string): Promise<void> => {
    cancelRetry()
    const before = memory.recall().commands
    const now = { fingerprint: fingerprint(registration), app, guilds }
    if (isDeepStrictEqual(before, now)) return
    try {
      const places = placesOf(guilds)
      await forEach(
        places.filter((guild) => !told.has(guild)),
        async (guild) => {
          await wire.putCommands(app, guild, registration)
          told.add(guild)
        },
      )
      const left = before?.app === app ? placesOf(before.guilds).filter((guild) => !places.includes(guild)) : []
      await forEach(left, (guild) => takeBack(app, guild))
      memory.remember({ commands: now })
      failures = 0
      log.info({ commands: registration.length, guilds }, 'commands are registered with Discord')
    } catch (error) {
      const fault = faultOf(error)
      const pauseMs = Math.max(
        fault.retryAfterMs ?? 0,
        Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures++, 20)),
      )
      log.error({ reason: fault.message, pauseMs }, 'Discord did not take the commands')
      cancelRetry = timing.after(pauseMs, () => void register(app))
    }
  }

  const takeBack = async (app: string, guild: string | undefined): Promise<void> => {
    try {
      await wire.putCommands(app, guild, [])
    } catch (error) {
      // A server that the application has left has none of its commands any more.
      if (faultOf(error).code !== 'gone') throw error
    }
  }

  return { register: (app: string): void => void register(app), stop: (): void => cancelRetry() }
}

/** One server that refuses keeps none of the others waiting. Rejects with the last refusal. */
async function forEach(places: readonly (string | undefined)[], act: (guild: string | undefined) => Promise<void>) {
  let refusal: unknown
  for (const guild of places)
    await act(guild).catch((error: unknown) => {
      refusal = error
    })
  if (refusal !== undefined) throw refusal
}

/** `undefined` is everywhere. */
function placesOf(guilds: readonly string[]): readonly (string | undefined)[] {
  return guilds.length > 0 ? guilds : [undefined]
}
