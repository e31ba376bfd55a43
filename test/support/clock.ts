import type { Clock } from '../../src/clock.ts'

interface Timer {
  at: number
  readonly call: () => void
}

/** A clock that moves only when told: no test sleeps. */
export class ManualClock implements Clock {
  #now: number
  #elapsed = 0
  readonly #timers = new Set<Timer>()

  constructor(now = Date.UTC(2026, 0, 15, 12)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  elapsed(): number {
    return this.#elapsed
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), call }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** Moves on by `ms`; whatever was due meanwhile happened in its order, with all that followed from it. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    await settled()
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      this.#timers.delete(due)
      this.#moveTo(Math.max(this.#now, due.at))
      due.call()
      await settled()
    }
    this.#moveTo(end)
    await settled()
  }

  #moveTo(now: number): void {
    this.#elapsed += now - this.#now
    this.#now = now
  }

  /** Is suddenly `ms` later, as after the sleep of a machine: what was due meanwhile happens now, once. */
  async skip(ms: number): Promise<void> {
    this.#now += ms
    await this.pass(0)
  }

  /** Is suddenly `ms` earlier, as when somebody sets it right. Timers take no notice. */
  setBack(ms: number): void {
    this.#now -= ms
    for (const timer of this.#timers) timer.at -= ms
  }
}

/** Lets everything happen that needs no time: promises, and the small file writes behind them. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}
