import { TOKEN_LIFE_MS } from './place.ts'
import type { Timing } from './timing.ts'

/**
 * True for each id the first time. Discord replays after a resumed session what it may have delivered before, and nothing
 * that is older than its token's life, which would be of no use.
 */
export function createIsNew(timing: Timing): (id: string) => boolean {
  const seen = new Map<string, number>()
  return (id) => {
    for (const [old, at] of seen) {
      if (at > timing.now() - TOKEN_LIFE_MS) break
      seen.delete(old)
    }
    if (seen.has(id)) return false
    seen.set(id, timing.now())
    return true
  }
}
