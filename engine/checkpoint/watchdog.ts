import { Setback } from './setback.ts'

interface Watchdog {
  /** Aborted by what it was made with, or with a `Setback` once nothing came for so long. */
  readonly signal: AbortSignal
  /** Something came. */
  feed(): void
  /** Also lets go of what is still on its way. */
  end(): void
}

/** Ends a connection that stands and says nothing: the operating system may let it stand for hours. */
export function createWatchdog(outer: AbortSignal, silentMs: number): Watchdog {
  const bite = new AbortController()
  const timer = setTimeout(() => bite.abort(new Setback({ kind: 'silent', seconds: silentMs / 1000 })), silentMs)
  return {
    signal: AbortSignal.any([outer, bite.signal]),
    feed: () => void timer.refresh(),
    end() {
      clearTimeout(timer)
      bite.abort()
    },
  }
}
