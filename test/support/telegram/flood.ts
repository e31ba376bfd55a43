import { tooMany } from './refusal.ts'

// What Telegram publishes, less a little for the way there: "about" one a second in a chat, 20 a minute in a group, 30 a
// second in all.
const CHAT_GAP_MS = 900
const GROUP_WINDOW_MS = 59_000
const GROUP_MESSAGES = 20
const ALL_WINDOW_MS = 900
const ALL_MESSAGES = 30

/** Counts messages and edits. One too many is refused with the seconds to wait, and not counted. */
export function createFlood(now: () => number) {
  const byChat = new Map<number, number[]>()
  let all: number[] = []

  return {
    admit(chat: number, count: number): void {
      const at = now()
      const times = (byChat.get(chat) ?? []).filter((time) => time > at - GROUP_WINDOW_MS)
      all = all.filter((time) => time > at - ALL_WINDOW_MS)
      if (all.length + count > ALL_MESSAGES) throw tooMany(1)
      const sinceLast = at - (times.at(-1) ?? Number.NEGATIVE_INFINITY)
      if (sinceLast < CHAT_GAP_MS) throw tooMany(1)
      if (chat < 0 && times.length + count > GROUP_MESSAGES)
        throw tooMany(Math.ceil((times[0]! + GROUP_WINDOW_MS - at) / 1000))
      for (let i = 0; i < count; i++) {
        times.push(at)
        all.push(at)
      }
      byChat.set(chat, times)
    },
  }
}
