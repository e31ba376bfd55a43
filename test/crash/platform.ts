import type { Incoming, View } from '../../src/chat.ts'
import { type Outcome, PLATFORM, type PlatformCall } from './protocol.ts'

export interface Shown {
  view: View
  /** By somebody, for good. */
  deleted: boolean
}

// One call in so many is refused for now, or its answer is lost.
const LATER_EVERY = 40
const DOUBTFUL_EVERY = 60

/**
 * A chat platform that outlives the service: it keeps its messages, repeats events until they were handled (at least
 * once, as Telegram does), and is at times slow, away, or loses an answer.
 */
export class Platform {
  readonly messages: Shown[] = []
  /** Every event that happened; those in `open` are not confirmed. */
  readonly events: Incoming[] = []
  readonly open = new Map<string, Incoming>()
  readonly #chance: () => number
  #calls = 0

  constructor(chance: () => number) {
    this.#chance = chance
  }

  happens(incoming: Incoming): void {
    this.events.push(incoming)
    this.open.set(incoming.key, incoming)
  }

  handled(key: string): void {
    this.open.delete(key)
  }

  /** What a call does here, and what is answered. Undefined: the answer is lost with the process. */
  take(call: PlatformCall & { readonly id: number }): Outcome {
    this.#calls++
    if (this.#calls % LATER_EVERY === 0) return { error: 'later' }
    const outcome = this.#show(call)
    // Lost on the way back: it arrived all the same, one time in two.
    if (this.#calls % DOUBTFUL_EVERY === 0 && call.call === 'post') {
      if (this.#chance() < 0.5) this.messages.pop()
      return { error: 'doubtful' }
    }
    return outcome
  }

  #show(call: PlatformCall): Outcome {
    if (call.call === 'update') {
      const message = this.messages[call.ref.ref as number]
      // Some messages are deleted by people while the picture is being made, or just after.
      if (message && this.#chance() < 0.01) message.deleted = true
      if (!message || message.deleted) return { error: 'gone' }
      message.view = call.view
      return { ref: call.ref }
    }
    this.messages.push({ view: call.view, deleted: false })
    return { ref: { platform: PLATFORM, ref: this.messages.length - 1 } }
  }

  /** How many messages show pictures of this job, and how many that did were deleted. */
  showing(job: number): { readonly shown: number; readonly deleted: number } {
    const all = this.messages.filter(({ view }) => view.job === job && (view.pictures ?? []).length > 0)
    const deleted = all.filter((message) => message.deleted).length
    return { shown: all.length - deleted, deleted }
  }
}
