import { Refusal } from './refusal.ts'

// As Discord mostly has them; it may change them any day, and tells them with every answer.
const COUNT = 5
const WINDOW_MS = 5_000
const LIMITED = [/^PATCH \/webhooks\/\d+\/[^/]+\/messages\//u, /^(POST|PATCH) \/channels\/\d+\/messages/u]

/** How often one message's interaction and one channel may be written to. */
export function createLimits(now: () => number) {
  const taken = new Map<string, number[]>()
  return {
    /** Counts the request. The headers that tell how many more there may be; throws where there were too many. */
    take(method: string, path: string): Record<string, string> {
      const found = LIMITED.map((limited) => limited.exec(`${method} ${path}`)?.[0]).find((key) => key !== undefined)
      if (found === undefined) return {}
      const recent = (taken.get(found) ?? []).filter((at) => at > now() - WINDOW_MS)
      const resetSeconds = ((recent[0] ?? now()) + WINDOW_MS - now()) / 1_000
      if (recent.length >= COUNT) throw new Refusal(429, 0, 'You are being rate limited.', resetSeconds)
      taken.set(found, [...recent, now()])
      return {
        'x-ratelimit-limit': String(COUNT),
        'x-ratelimit-remaining': String(COUNT - recent.length - 1),
        'x-ratelimit-reset-after': String(resetSeconds),
        'x-ratelimit-bucket': `bucket-${LIMITED.findIndex((limited) => limited.test(`${method} ${path}`))}`,
      }
    },
  }
}
