import type { Address, MessageRef } from '../../src/chat.ts'
import type { Language } from './words.ts'

export const PLATFORM = 'discord'

// Discord: an interaction token is good for 15 minutes.
export const TOKEN_LIFE_MS = 15 * 60_000

/**
 * Where an interaction came from: all that answering it needs, kept as an address's route, also over a restart. A type and
 * not an interface, so that it is JSON. Ids are strings: they do not fit a number.
 */
export type Place = {
  readonly app: string
  readonly interaction: string
  readonly token: string
  /** When the interaction reached us: its token dies `TOKEN_LIFE_MS` later. */
  readonly madeAt: number
  readonly channel: string
  readonly person: string
  readonly language: Language
  /** Whether the bot may post to the channel of its own accord, pictures included. */
  readonly mayPost: boolean
  /** Nothing was pressed for it: `@original` is an answer of its own, and never the message that was pressed. */
  readonly own: boolean
  /** The message that was pressed. Of a press that was written down by an earlier version it is not known. */
  readonly pressed?: string
  /** A conversation with the bot alone: everything in it is private already. */
  readonly direct: boolean
  /** Largest file Discord takes here. */
  readonly uploadBytes: number
}

/** What the first answer to an interaction needs. */
export type Opening = Pick<Place, 'interaction' | 'token' | 'madeAt'>

/** A message of ours, and the ways to change it. */
export type Spot = Place & {
  /** `@original` or a message id: changed through the interaction, while its token lives. */
  readonly hook?: string
  /** A message id: changed as any message of the bot in `channel`, for ever. */
  readonly lasting?: string
  /** Only its person sees it, so what it shows never goes to the channel. */
  readonly private: boolean
}

export function placeOf(address: Address): Place {
  return address.route as Place
}

export function spotOf(ref: MessageRef): Spot {
  return ref.ref as Spot
}

export function refOf(spot: Spot): MessageRef {
  return { platform: PLATFORM, ref: spot }
}

export function tokenLives(place: Place, now: number): boolean {
  return now < place.madeAt + TOKEN_LIFE_MS
}
