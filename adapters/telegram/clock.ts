/** Time, as the core hands it in. Moments are milliseconds since 1970. */
export interface TelegramClock {
  now(): number
  /** Calls back once after `ms`, unless the function it returns is called before. */
  after(ms: number, call: () => void): () => void
}

/** Resolves after `ms`; rejects with the signal's reason as soon as that is aborted. */
export function wait(clock: TelegramClock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
    const abort = () => {
      cancel()
      reject(signal.reason)
    }
    signal.addEventListener('abort', abort, { once: true })
  })
}
