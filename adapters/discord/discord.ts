import { type APIApplicationCommandAutocompleteInteraction, type APIInteraction, InteractionType } from 'discord.js'
import type { Core, Platform } from '../../src/chat.ts'
import type { CommandInfo } from '../../src/commands/command.ts'
import { acknowledge } from './acknowledge.ts'
import { createAdults } from './adults.ts'
import { createAnswer } from './answer.ts'
import { completionOf } from './completion.ts'
import { faultOf } from './errors.ts'
import { createGateway } from './gateway.ts'
import { asksForPrivacy, incomingOf, placeOfInteraction, pressedIn, senderOf } from './incoming.ts'
import { createIsNew } from './is-new.ts'
import type { Log } from './log.ts'
import { createMemory, type Store } from './memory.ts'
import { createMessenger } from './messenger.ts'
import { pickedIn } from './picked.ts'
import { createRegistrar } from './registrar.ts'
import { createRounds } from './rounds.ts'
import { pause, type Timing } from './timing.ts'
import { createWire } from './wire.ts'
import type { DiscordWords } from './words.ts'

// Behind so many others, people are told to wait at once. The core takes some ten milliseconds for each.
const CROWD = 8
// Who stops a process kills it ten seconds later, and others want to end in order, too.
const DRAIN_MS = 5_000

export interface DiscordOptions {
  readonly token: string
  /** Where Discord is, up to and without the version: `https://discord.com/api`. */
  readonly apiUrl?: string | undefined
  /** Servers that get the commands; with none of them named, everybody does. */
  readonly guilds?: readonly string[]
  readonly commands: readonly CommandInfo[]
  readonly words: DiscordWords
  /** Where the pictures' paths begin. */
  readonly dataDir: string
  readonly store: Store
  readonly clock: Timing
  readonly log: Log
}

/** Discord as a platform: interactions become `dispatch`, views become messages. Once closed, it answers with "restarting". */
export function createDiscord(options: DiscordOptions): Platform {
  const { token, guilds = [], commands, words, dataDir, store, clock: timing, log } = options
  // As people paste it: with a slash at the end, or with the version that the library adds itself.
  const apiUrl = options.apiUrl?.replace(/\/+$/u, '').replace(/\/v\d+$/u, '')
  const wire = createWire(token, apiUrl)
  const memory = createMemory(store)
  const messenger = createMessenger({ wire, timing, words, dataDir })
  const registrar = createRegistrar({ wire, memory, timing, log, commands, guilds })
  const isForAdults = createAdults(wire, timing)
  const isNew = createIsNew(timing)
  const rounds = createRounds()
  const underWay = new Set<Promise<void>>()
  const leaving = new AbortController()
  let core: Core | undefined
  let stopping = false

  const suggest = async (interaction: APIApplicationCommandAutocompleteInteraction): Promise<void> => {
    const opening = { interaction: interaction.id, token: interaction.token, madeAt: timing.now() }
    await acknowledge(wire, timing, opening, completionOf(interaction, core!)).catch((error: unknown) => {
      // What comes too late nobody misses: the next letter asks again.
      if (faultOf(error).code === 'refused') throw error
    })
  }

  const take = async (interaction: APIInteraction): Promise<void> => {
    if (interaction.type === InteractionType.ApplicationCommandAutocomplete) return suggest(interaction)
    const place = placeOfInteraction(interaction, core!.languageOf(senderOf(interaction)), timing.now())
    const pressed = pressedIn(interaction, place)
    const incoming = incomingOf(interaction, place, pressed, commands)
    const secret = asksForPrivacy(incoming.values) && !place.direct
    const filled = interaction.type === InteractionType.ModalSubmit
    const answer = createAnswer({ wire, timing, messenger, words }, place, { pressed, filled, secret })
    if (stopping) {
      await answer.respond({ kind: 'notice', text: [words[place.language].restarting] })
      return
    }
    const ageRestricted = await isForAdults(interaction)
    // A press may be answered by a form, which cannot come after "wait".
    if (rounds.waiting() > CROWD && !pressed) await answer.defer()
    await rounds.next()
    const from = { ...incoming.from, ageRestricted }
    await core!.dispatch({ ...incoming, from, ...pickedIn(interaction, leaving.signal) }, answer.respond)
  }

  const onInteraction = (interaction: APIInteraction): void => {
    if (interaction.type === InteractionType.Ping || !isNew(interaction.id)) return
    const work = take(interaction).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      log.error({ interaction: interaction.id, reason }, 'an interaction was not answered')
    })
    underWay.add(work)
    void work.finally(() => underWay.delete(work))
  }

  const drained = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay)
  }

  const gateway = createGateway({ token, apiUrl, timing, log, memory, onInteraction, onSession: registrar.register })

  return {
    chat: messenger.chat,
    start(given) {
      core = given
      gateway.start()
    },
    close() {
      stopping = true
    },
    async stop() {
      stopping = true
      registrar.stop()
      await Promise.race([drained(), pause(timing, DRAIN_MS)])
      // Others wait in the core until theirs is fetched, and another platform's stop may wait for those.
      leaving.abort()
      await gateway.stop()
      messenger.stop()
    },
    health: gateway.health,
  }
}
