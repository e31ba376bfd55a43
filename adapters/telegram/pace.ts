import { ChatError } from '../../src/chat.ts'
import { type TelegramClock, wait } from './clock.ts'
import { isGroup } from './route.ts'

// Telegram: about one message a second in a chat, 20 a minute in a group, 30 a second in all.
const CHAT_GAP_MS = 1000
const GROUP_WINDOW_MS = 60_000
const GROUP_MESSAGES = 20
const ALL_WINDOW_MS = 1000
const ALL_MESSAGES = 30
// What edits of progress may take of a group's minute, so that answers always find room.
const GROUP_PROGRESS = 12

/** `progress` gives way: a newer view will follow. `answer` is waited for. */
export type Lane = 'answer' | 'progress'

// A clock that is kept right by the network steps back now and then, by less.
const CLOCK_SLACK_MS = 1000

const PATIENCE_MS: Record<Lane, number> = { answer: 60_000, progress: 1000 }
// A chat that is full for longer than this must not hold up the callers of others: they are told when to come back.
const PATIENCE_WITH_CHAT_MS = 5000

export type Pace = ReturnType<typeof createPace>

interface Traffic {
  /** When the messages of the last minute went, or will go: reserved times lie ahead. */
  times: number[]
  heldUntil: number
}

export function createPace(clock: TelegramClock, stopped: AbortSignal) {
  const chats = new Map<number, Traffic>()
  let all: number[] = []
  let before = Number.NEGATIVE_INFINITY

  return {
    /** Resolves when `count` messages may go to this chat. Rejects at once with `later` when that would take too long. */
    turn,

    /** Telegram said when to come back to this chat. */
    hold(chat: number, ms: number): void {
      const traffic = trafficOf(chat)
      traffic.heldUntil = Math.max(traffic.heldUntil, clock.now() + ms)
    },
  }

  async function turn(chat: number, lane: Lane, count = 1): Promise<void> {
    const now = clock.now()
    forgetQuiet(now)
    const traffic = trafficOf(chat)
    const chatAt = Math.max(now, traffic.heldUntil, roomInChat(traffic, chat, lane, count))
    const at = Math.max(chatAt, roomInAll(count))
    if (at - now > PATIENCE_MS[lane] || chatAt - now > PATIENCE_WITH_CHAT_MS)
      throw new ChatError('later', `chat ${chat} has room in ${at - now} ms`, { retryAfterMs: at - now })
    for (let i = 0; i < count; i++) {
      traffic.times.push(at)
      all.push(at)
    }
    if (at > now) await wait(clock, at - now, stopped)
    // Telegram asked to wait meanwhile.
    if (trafficOf(chat).heldUntil > clock.now()) await turn(chat, lane, count)
  }

  function roomInChat({ times }: Traffic, chat: number, lane: Lane, count: number): number {
    const afterLast = (times.at(-1) ?? Number.NEGATIVE_INFINITY) + CHAT_GAP_MS
    if (!isGroup(chat)) return afterLast
    const room = (lane === 'progress' ? GROUP_PROGRESS : GROUP_MESSAGES) - count
    return Math.max(afterLast, roomAfter(times, room, GROUP_WINDOW_MS))
  }

  function roomInAll(count: number): number {
    return roomAfter(all, ALL_MESSAGES - count, ALL_WINDOW_MS)
  }

  function trafficOf(chat: number): Traffic {
    const known = chats.get(chat) ?? { times: [], heldUntil: 0 }
    chats.set(chat, known)
    return known
  }

  function forgetQuiet(now: number): void {
    // The clock was set back: what was noted lies in a time that has not come.
    if (now < before - CLOCK_SLACK_MS) {
      chats.clear()
      all = []
    }
    before = now
    all = all.filter((at) => at > now - ALL_WINDOW_MS)
    for (const [chat, traffic] of chats) {
      traffic.times = traffic.times.filter((at) => at > now - GROUP_WINDOW_MS)
      if (traffic.times.length === 0 && traffic.heldUntil <= now) chats.delete(chat)
    }
  }
}

/** When at most `room` of these times are left within a window. */
function roomAfter(times: readonly number[], room: number, windowMs: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  const leaving = sorted[sorted.length - 1 - Math.max(0, room)]
  return leaving === undefined ? Number.NEGATIVE_INFINITY : leaving + windowMs
}
