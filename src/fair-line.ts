import TinyQueue from 'tinyqueue'
import type { Shares } from './shares.ts'

/** What the line must know of a job. */
export interface Waiter {
  readonly job: number
  readonly person: number
  /** Higher classes go first, whoever is in them. */
  readonly priority: number
  /** Share of the engine against others: twice the weight, twice the engine time. */
  readonly weight: number
  /** How many pictures it still waits for. It is given one at a time. */
  readonly pictures: number
  /** Engine time that each will take. */
  readonly pictureMs: number
  /** It has had a picture. */
  readonly begun: boolean
}

/** A job in the line, until it was given all its pictures. `run` is undefined while one of them is being drawn. */
interface Waiting<Run> {
  waiter: Waiter
  run: Run | undefined
}

/**
 * Fair share: within a priority class the next picture is for the person who had the least engine time lately for their
 * weight, the older job where two had equal. A person's own jobs go in the order they were asked for. So whoever queues a
 * hundred jobs has, after the first, had more than anyone new, whose single job is next.
 *
 * A job that has begun goes on until it has all its pictures. Between two of them those go who wait for one only and have
 * had less: so a single picture waits for one of another's at most, and nobody's several are drawn by turns with others'.
 */
export class FairLine<Run> {
  readonly #shares: Shares
  /** By person; each list in the order they go. */
  readonly #people = new Map<number, Waiting<Run>[]>()
  /** By job: those that have begun and will come back. */
  readonly #begun = new Map<number, Waiting<Run>>()
  #size = 0

  constructor(shares: Shares) {
    this.#shares = shares
  }

  /** Jobs that can be given a picture now. */
  get size(): number {
    return this.#size
  }

  /** For a job that has begun: its picture is drawn, and it waits for the next, which may take longer than was thought before. */
  add(run: Run, waiter: Waiter): void {
    const begun = this.#begun.get(waiter.job)
    if (begun) Object.assign(begun, { run, waiter: { ...begun.waiter, pictureMs: waiter.pictureMs } })
    else this.#insert({ waiter, run })
    this.#size++
  }

  /** Gives the next picture, and charges its person for it. */
  take(): Run | undefined {
    const firsts = new Firsts<Level & { readonly waiting: Waiting<Run> }>()
    for (const [person, list] of this.#people) {
      const waiting = list.find(({ run }) => run !== undefined)
      if (waiting) firsts.add({ waiting, ...levelOf(waiting.waiter, this.#shares.of(person)) })
    }
    const waiting = firsts.next()?.waiting
    if (!waiting) return undefined
    const { waiter, run } = waiting
    // At once, not when it is done: with two engines the same person must not get both.
    this.#shares.charge(waiter.person, waiter.pictureMs)
    waiting.run = undefined
    this.#size--
    this.#give(waiting)
    return run
  }

  /** A job whose picture is drawn is given its next one at once, without waiting for it. */
  goOn(job: number): void {
    this.#give(this.#begun.get(job)!)
  }

  remove(job: number): void {
    for (const [person, list] of this.#people) {
      const index = list.findIndex(({ waiter }) => waiter.job === job)
      if (index === -1) continue
      const [removed] = list.splice(index, 1)
      if (list.length === 0) this.#people.delete(person)
      this.#begun.delete(job)
      if (removed!.run !== undefined) this.#size--
      return
    }
  }

  /** Two people are one now: what `from` waits for and had lately is `into`'s. */
  join(from: number, into: number): void {
    this.#shares.join(from, into)
    const list = this.#people.get(from) ?? []
    this.#people.delete(from)
    for (const waiting of list) {
      waiting.waiter = { ...waiting.waiter, person: into }
      this.#insert(waiting)
    }
  }

  /** The pictures that are waited for, each as its job stands then, in the order they are drawn if nobody else comes. */
  inOrder(): Waiter[] {
    const order: Waiter[] = []
    const firsts = new Firsts<Level & { readonly list: readonly Waiting<Run>[]; readonly index: number }>()
    for (const [person, list] of this.#people) {
      firsts.add({ list, index: 0, ...levelOf(list[0]!.waiter, this.#shares.of(person)) })
    }
    for (let next = firsts.next(); next; next = firsts.next()) {
      const { waiter, list, index } = next
      order.push(waiter)
      const hadMs = next.hadMs + waiter.pictureMs
      if (waiter.pictures > 1) firsts.add({ list, index, ...levelOf(afterOne(waiter), hadMs) })
      else if (index + 1 < list.length)
        firsts.add({ list, index: index + 1, ...levelOf(list[index + 1]!.waiter, hadMs) })
    }
    return order
  }

  #give(waiting: Waiting<Run>): void {
    waiting.waiter = afterOne(waiting.waiter)
    if (waiting.waiter.pictures > 0) this.#begun.set(waiting.waiter.job, waiting)
    else this.remove(waiting.waiter.job)
  }

  #insert(waiting: Waiting<Run>): void {
    const list = this.#people.get(waiting.waiter.person) ?? []
    const after = list.findIndex((other) => goesBefore(waiting.waiter, other.waiter))
    list.splice(after === -1 ? list.length : after, 0, waiting)
    this.#people.set(waiting.waiter.person, list)
  }
}

/** A job by what its person had. */
interface Level {
  readonly waiter: Waiter
  /** What its person had lately. */
  readonly hadMs: number
  /** That for their weight: the lowest is next. */
  readonly level: number
}

function levelOf(waiter: Waiter, hadMs: number): Level {
  return { waiter, hadMs, level: hadMs / waiter.weight }
}

/** The first job of each person, and which of them is given a picture. */
class Firsts<First extends Level> {
  readonly #begun = heap<First>()
  readonly #single = heap<First>()
  readonly #several = heap<First>()

  add(first: First): void {
    const { begun, pictures } = first.waiter
    const where = begun ? this.#begun : pictures === 1 ? this.#single : this.#several
    where.push(first)
  }

  next(): First | undefined {
    const other = this.#begun.length > 0 ? this.#begun : this.#several
    const [one, single] = [other.peek(), this.#single.peek()]
    return (!one || (single && comesFirst(single, one)) ? this.#single : other).pop()
  }
}

function heap<First extends Level>(): TinyQueue<First> {
  return new TinyQueue<First>([], (one, other) => (comesFirst(one, other) ? -1 : 1))
}

function comesFirst(a: Level, b: Level): boolean {
  if (a.waiter.priority !== b.waiter.priority) return a.waiter.priority > b.waiter.priority
  return a.level === b.level ? a.waiter.job < b.waiter.job : a.level < b.level
}

/** Of one person's jobs. */
function goesBefore(a: Waiter, b: Waiter): boolean {
  if (a.begun !== b.begun) return a.begun
  return a.priority === b.priority ? a.job < b.job : a.priority > b.priority
}

function afterOne(waiter: Waiter): Waiter {
  return { ...waiter, pictures: waiter.pictures - 1, begun: true }
}
