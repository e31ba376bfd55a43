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
const EVERYWHERE = 'everywhere'

interface RegistrarDeps {
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
  const wanted = fingerprint(registration)
  const places = guilds.length > 0 ? guilds : [EVERYWHERE]
  let cancelRetry = () => {}
  let failures = 0
  /** As `Registered` has it, also where the database does not take that. */
  let taken: Map<string, string> | undefined

  const register = async (app: string): Promise<void> => {
    cancelRetry()
    const before = memory.recall().commands
    taken ??= new Map(Object.entries((before?.app === app && before.taken) || {}))
    const has = taken
    const late = places.filter((place) => has.get(place) !== wanted)
    const left = [...has.keys()].filter((place) => !places.includes(place))
    if (late.length + left.length === 0) return
    try {
      await forEach([...late, ...left], async (place) => {
        if (left.includes(place)) {
          await takeBack(app, place)
          has.delete(place)
        } else {
          await wire.putCommands(app, serverOf(place), registration)
          has.set(place, wanted)
        }
        memory.remember({ commands: { app, taken: Object.fromEntries(has) } })
      })
      failures = 0
      log.info({ commands: registration.length, guilds }, 'commands are registered with Discord')
    } catch (error) {
      const fault = faultOf(error)
      const pauseMs = Math.max(fault.retryAfterMs ?? 0, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++))
      log.error({ reason: fault.message, pauseMs }, 'Discord did not take the commands')
      cancelRetry = timing.after(pauseMs, () => void register(app))
    }
  }

  const takeBack = async (app: string, place: string): Promise<void> => {
    try {
      await wire.putCommands(app, serverOf(place), [])
    } catch (error) {
      // A server that the application has left has none of its commands any more.
      if (faultOf(error).code !== 'gone') throw error
    }
  }

  return { register: (app: string): void => void register(app), stop: (): void => cancelRetry() }
}

/** One server that refuses keeps none of the others waiting. Rejects with the last refusal. */
async function forEach(places: readonly string[], act: (place: string) => Promise<void>) {
  let refusal: unknown
  for (const place of places)
    await act(place).catch((error: unknown) => {
      refusal = error
    })
  if (refusal !== undefined) throw refusal
}

function serverOf(place: string): string | undefined {
  return place === EVERYWHERE ? undefined : place
}
