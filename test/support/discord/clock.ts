/** Time that passes as always, and can be skipped: what was due meanwhile happens at once, in its order. */
export function createSkippableClock() {
  const waiting = new Set<{ readonly at: number; readonly fire: () => void }>()
  let skippedMs = 0
  const now = () => Date.now() + skippedMs
  return {
    now,
    after(ms: number, call: () => void): () => void {
      const forget = () => {
        clearTimeout(timer)
        waiting.delete(entry)
      }
      const fire = () => {
        forget()
        call()
      }
      const timer = setTimeout(fire, Math.min(Math.max(ms, 0), 2 ** 31 - 1)).unref()
      const entry = { at: now() + ms, fire }
      waiting.add(entry)
      return forget
    },
    skip(ms: number): void {
      skippedMs += ms
      for (const { fire } of [...waiting].filter(({ at }) => at <= now()).toSorted((a, b) => a.at - b.at)) fire()
    },
  }
}
