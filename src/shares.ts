import type { Clock } from './clock.ts'

/** After this long, engine time someone had counts half: "lately" is the last half hour or so. */
export const HALF_LIFE_MS = 10 * 60_000
// Older use counts less than 2 ^ -6 of itself.
export const REMEMBERED_MS = 6 * HALF_LIFE_MS

// A person whose rest is below this has had nothing.
const FORGOTTEN_MS = 1

/** How much engine time each person had lately, exponentially decayed. */
export class Shares {
  readonly #clock: Clock
  readonly #used = new Map<number, { ms: number; at: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Engine time lately, in milliseconds of now. */
  of(person: number): number {
    const entry = this.#used.get(person)
    return entry ? entry.ms * decay(this.#clock.now() - entry.at) : 0
  }

  /** `ms` of engine time used at `at`; negative to take back what was charged before. */
  charge(person: number, ms: number, at = this.#clock.now()): void {
    const now = this.#clock.now()
    const sum = this.of(person) + ms * decay(now - at)
    if (sum < FORGOTTEN_MS) this.#used.delete(person)
    else this.#used.set(person, { ms: sum, at: now })
  }

  /** What `from` had, `into` had. */
  join(from: number, into: number): void {
    this.charge(into, this.of(from))
    this.#used.delete(from)
  }
}

function decay(ageMs: number): number {
  return 2 ** (-Math.max(0, ageMs) / HALF_LIFE_MS)
}
