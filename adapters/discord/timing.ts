/** Time as it is handed in. Moments are milliseconds since 1970. */
export interface Timing {
  now(): number
  /** Calls back once after `ms`, unless the function it returns is called before. */
  after(ms: number, call: () => void): () => void
}

export function pause(timing: Timing, ms: number): Promise<void> {
  return new Promise((resolve) => timing.after(ms, resolve))
}
