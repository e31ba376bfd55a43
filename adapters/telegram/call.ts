import { ChatError } from '../../src/chat.ts'
import type { TelegramLog } from './log.ts'
import type { Moves } from './moves.ts'
import type { Lane, Pace } from './pace.ts'
import { type Effect, type Refusal, understand } from './refusals.ts'
import type { Route } from './route.ts'

// A flood answer, a moved group, a lost topic and a lost question may follow one another; more than this is no progress.
const MAX_TRIES = 5

interface CallOptions {
  readonly effect: Effect
  readonly lane: Lane
  /** How many messages it makes: each picture of an album is one. */
  readonly count?: number
}

/** Done, or refused in one of the ways that the caller may have another way for. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T; readonly route: Route }
  | Extract<Refusal, { readonly kind: 'unchanged' | 'unfit' | 'bad-file' }>

/**
 * Makes one call that shows something in a chat: at the platform's pace, following the group where it moved to, from a
 * lost topic to its group, in answer to nothing where the message it answers is lost, and waiting as told when Telegram says
 * "too many". Rejects with a `ChatError`.
 */
export type Call = <R extends Route, T>(
  route: R,
  options: CallOptions,
  send: (route: R) => Promise<T>,
) => Promise<Outcome<T>>

export function createCall(deps: { pace: Pace; moves: Moves; log: TelegramLog }): Call {
  const { pace, moves, log } = deps

  return async (wanted, { effect, lane, count }, send) => {
    let route = moves.follow(wanted)
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      // There its id is another message's, or nobody's.
      if (effect === 'change' && route.chat !== wanted.chat)
        throw new ChatError('gone', `the message stayed behind in chat ${wanted.chat}`)
      await pace.turn(route.chat, lane, count)
      try {
        return { kind: 'done', value: await send(route), route }
      } catch (error) {
        const refusal = understand(error, effect)
        switch (refusal.kind) {
          case 'moved':
            route = moves.follow(route)
            break
          case 'flood':
            log.warn({ chat: route.chat, retryAfterMs: refusal.retryAfterMs }, 'Telegram asks to wait')
            pace.hold(route.chat, refusal.retryAfterMs)
            break
          case 'topic-gone':
            if (route.thread === undefined) throw new ChatError('gone', `no such topic in chat ${route.chat}`)
            route = { ...route, thread: undefined }
            break
          case 'asked-gone':
            if (route.reply === undefined) throw new ChatError('refused', `nothing was answered in chat ${route.chat}`)
            route = { ...route, reply: undefined }
            break
          case 'final':
            throw refusal.error
          case 'unchanged':
          case 'unfit':
          case 'bad-file':
            return refusal
          default:
            refusal satisfies never
        }
      }
    }
    throw new ChatError('later', `chat ${route.chat} took nothing in ${MAX_TRIES} tries`)
  }
}
