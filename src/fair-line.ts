import type { Shares } from './shares.ts'

/** What the line must know of a job. */
export interface Waiter {
  readonly job: number
  readonly person: number
  /** Higher classes go first, whoever is in them. */
  readonly priority: number
  /** Share of the engine against others: twice the weight, twice the engine time. */
  readonly weight: number
  /** Engine time it will take. */
  readonly expectedMs: number
}

interface Waiting<Run> {
  readonly waiter: Waiter
  readonly run: Run
}

/**
 * Fair share: within a priority class the next job is that of the person who had the least engine time lately for their
 * weight, the older job where two had equal. A person's own jobs go in the order they were asked for. So whoever queues a
 * hundred jobs has, after the first, had more than anyone new, whose single job is next.
 *
 * The whole order can be told at once: a person's second job counts as if the first were already had. So a job's place is
 * the number of jobs with a lower level, where level = (had lately + expected of own jobs before it) ÷ weight, and no less
 * than that of an own job before it.
 */
export class FairLine<Run> {
  readonly #shares: Shares
  /** By person; each list in the order they go. */
  readonly #people = new Map<number, Waiting<Run>[]>()
  #size = 0

  constructor(shares: Shares) {
    this.#shares = shares
  }

  get size(): number {
    return this.#size
  }

  add(run: Run, waiter: Waiter): void {
    const list = this.#people.get(waiter.person) ?? []
    const after = list.findIndex((other) => goesBefore(waiter, other.waiter))
    list.splice(after === -1 ? list.length : after, 0, { waiter, run })
    this.#people.set(waiter.person, list)
    this.#size++
  }

  /** Takes the next job out, and charges its person for it. */
  take(): Run | undefined {
    let next: (Waiting<Run> & Levelled) | undefined
    for (const [first] of this.#people.values()) {
      const { waiter } = first!
      const head = { ...first!, level: this.#shares.of(waiter.person) / waiter.weight }
      if (!next || comesFirst(head, next)) next = head
    }
    if (!next) return undefined
    this.remove(next.waiter.job)
    // At once, not when it is done: with two engines the same person must not get both.
    this.#shares.charge(next.waiter.person, next.waiter.expectedMs)
    return next.run
  }

  remove(job: number): void {
    for (const [person, list] of this.#people) {
      const index = list.findIndex(({ waiter }) => waiter.job === job)
      if (index === -1) continue
      list.splice(index, 1)
      if (list.length === 0) this.#people.delete(person)
      this.#size--
      return
    }
  }

  /** Two people are one now: what `from` waits for and had lately is `into`'s. */
  join(from: number, into: number): void {
    this.#shares.join(from, into)
    const list = this.#people.get(from) ?? []
    this.#people.delete(from)
    this.#size -= list.length
    for (const { waiter, run } of list) this.add(run, { ...waiter, person: into })
  }

  /** All who wait, in the order they will go if nobody else comes. */
  inOrder(): Waiter[] {
    return sorted(this.#turns())
  }

  /** Who goes before this job, in their order; undefined where it does not wait here. */
  ahead(job: number): Waiter[] | undefined {
    const turns = this.#turns()
    const own = turns.find(({ waiter }) => waiter.job === job)
    return own && sorted(turns.filter((turn) => byTurn(turn, own) < 0))
  }

  #turns(): Turn[] {
    return [...this.#people].flatMap(([person, list]) => turnsOf(list, this.#shares.of(person)))
  }
}

interface Levelled {
  readonly waiter: Waiter
  readonly level: number
}

interface Turn {
  readonly waiter: Waiter
  /** Among its person's jobs. */
  readonly index: number
  /** The job itself, or the one of its person that keeps it waiting: one before it, whose weight was lower. */
  readonly after: Levelled
}

/** Of one person's jobs, in the order they go. */
function turnsOf(list: readonly { readonly waiter: Waiter }[], hadMs: number): Turn[] {
  let had = hadMs
  let after: Levelled | undefined
  return list.map(({ waiter }, index) => {
    const own = { waiter, level: had / waiter.weight }
    had += waiter.expectedMs
    if (!after || comesFirst(after, own)) after = own
    return { waiter, index, after }
  })
}

function sorted(turns: Turn[]): Waiter[] {
  return turns.sort(byTurn).map(({ waiter }) => waiter)
}

function byTurn(a: Turn, b: Turn): number {
  if (a.after === b.after) return a.index - b.index
  return comesFirst(a.after, b.after) ? -1 : 1
}

function comesFirst(a: Levelled, b: Levelled): boolean {
  if (a.waiter.priority !== b.waiter.priority) return a.waiter.priority > b.waiter.priority
  return a.level === b.level ? a.waiter.job < b.waiter.job : a.level < b.level
}

function goesBefore(a: Waiter, b: Waiter): boolean {
  return a.priority === b.priority ? a.job < b.job : a.priority > b.priority
}
