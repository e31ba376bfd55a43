import type { Timing } from './timing.ts'

// No interaction is of use after its token's 15 minutes, so none is told of twice after them.
const REMEMBERED_MS = 15 * 60_000

/** True for each id the first time. Discord replays after a resumed session what it may have delivered before. */
export function createIsNew(timing: Timing): (id: string) => boolean {
  const seen = new Map<string, number>()
  return (id) => {
    for (const [old, at] of seen) {
      if (at > timing.now() - REMEMBERED_MS) break
      seen.delete(old)
    }
    if (seen.has(id)) return false
    seen.set(id, timing.now())
    return true
  }
}
