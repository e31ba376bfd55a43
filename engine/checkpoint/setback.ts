import { setTimeout as sleep } from 'node:timers/promises'

/** Why a request came to nothing, though the next one may not. */
export type Reason =
  | { readonly kind: 'status'; readonly status: number }
  /** The operating system's code, such as `ECONNRESET`, or what Node says where there is none. */
  | { readonly kind: 'network'; readonly code: string }
  /** The connection stood, and nothing came. */
  | { readonly kind: 'silent'; readonly seconds: number }
  /** The connection was closed in order, but before the end. */
  | { readonly kind: 'short' }

/** A failure that is worth another try. */
export class Setback extends Error {
  override readonly name = 'Setback'
  readonly reason: Reason
  /** How long the server asked us to stay away. */
  readonly retryAfterMs: number | undefined

  constructor(reason: Reason, retryAfterMs?: number) {
    super(JSON.stringify(reason))
    this.reason = reason
    this.retryAfterMs = retryAfterMs
  }
}

/** Waits so long. Rejects when the signal is aborted. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>

interface PersistOptions {
  /** How many times in a row it may come to nothing. */
  readonly tries: number
  readonly signal: AbortSignal
  readonly pause: Pause
  readonly onSetback: (reason: Reason, waitMs: number) => void
  /** A number that grows as long as it gets on: whoever gets on has all tries again. */
  readonly progress?: () => number
}

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000
// Hubs count requests in windows of five minutes; whoever asks for more is not believed.
const LONGEST_ASKED_WAIT_MS = 300_000

/** Tries until it succeeds, waiting twice as long each time. Gives up with the last `Setback`; other errors at once. */
export async function persist<T>(attempt: () => Promise<T>, options: PersistOptions): Promise<T> {
  const { tries, signal, pause, onSetback, progress = () => 0 } = options
  for (let failed = 0, reached = progress(); ; ) {
    try {
      return await attempt()
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof Setback)) throw error
      failed = progress() > reached ? 1 : failed + 1
      reached = progress()
      if (failed >= tries) throw error
      const waitMs = Math.min(
        error.retryAfterMs ?? Math.min(FIRST_WAIT_MS * 2 ** (failed - 1), LONGEST_WAIT_MS),
        LONGEST_ASKED_WAIT_MS,
      )
      onSetback(error.reason, waitMs)
      await pause(waitMs, signal)
    }
  }
}

export const pause: Pause = async (ms, signal) => void (await sleep(ms, undefined, { signal }))
