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
    let next: Waiting<Run> | undefined
    let nextLevel = 0
    for (const [first] of this.#people.values()) {
      const level = this.#shares.of(first!.waiter.person) / first!.waiter.weight
      if (!next || comesFirst(first!.waiter, level, next.waiter, nextLevel)) {
        next = first
        nextLevel = level
      }
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

  /** The first `count` who wait, in the order they will go if nobody else comes. */
  first(count: number): Waiter[] {
    const heads = [...this.#people].map(([person, list]) => ({ list, at: 0, had: this.#shares.of(person) }))
    const order: Waiter[] = []
    while (order.length < Math.min(count, this.#size)) {
      let next: { head: (typeof heads)[number]; waiter: Waiter; level: number } | undefined
      for (const head of heads) {
        const waiter = head.list[head.at]?.waiter
        if (!waiter) continue
        const level = head.had / waiter.weight
        if (!next || comesFirst(waiter, level, next.waiter, next.level)) next = { head, waiter, level }
      }
      order.push(next!.waiter)
      next!.head.had += next!.waiter.expectedMs
      next!.head.at++
    }
    return order
  }

  /** Who goes before this job, in their order; undefined where it does not wait here. */
  ahead(job: number): Waiter[] | undefined {
    const all = this.#levels()
    const own = all.find(({ waiter }) => waiter.job === job)
    if (!own) return undefined
    return all
      .filter((other) => other !== own && byTurn(other, own) < 0)
      .sort(byTurn)
      .map(({ waiter }) => waiter)
  }

  #levels(): Levelled[] {
    return [...this.#people].flatMap(([person, list]) => {
      let had = this.#shares.of(person)
      let after: Levelled['after'] | undefined
      return list.map(({ waiter }, index) => {
        const own = { waiter, level: had / waiter.weight }
        had += waiter.expectedMs
        if (!after || comesFirst(after.waiter, after.level, own.waiter, own.level)) after = own
        return { waiter, index, after }
      })
    })
  }
}

interface Levelled {
  readonly waiter: Waiter
  /** Among its person's jobs. */
  readonly index: number
  /** It, or the job of its person that keeps it waiting: one before it whose weight was lower. */
  readonly after: { readonly waiter: Waiter; readonly level: number }
}

function byTurn(a: Levelled, b: Levelled): number {
  if (a.after === b.after) return a.index - b.index
  return comesFirst(a.after.waiter, a.after.level, b.after.waiter, b.after.level) ? -1 : 1
}

function comesFirst(a: Waiter, aLevel: number, b: Waiter, bLevel: number): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority
  return aLevel === bLevel ? a.job < b.job : aLevel < bLevel
}

function goesBefore(a: Waiter, b: Waiter): boolean {
  return a.priority === b.priority ? a.job < b.job : a.priority > b.priority
}
