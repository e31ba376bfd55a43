import type { ImageRequest } from '../engine/engine.ts'
import type { Clock } from './clock.ts'
import type { Refill } from './refill.ts'
import type { Entry, Grant } from './store/ledger.ts'
import type { RuleTerms } from './store/rules.ts'
import type { Store } from './store/store.ts'
import { UserError } from './user-error.ts'
import { megapixelEvaluations } from './work.ts'

/**
 * The ledger. Amounts are integer thousandths of a credit; one credit is the work of one 1024×1024 picture of 8
 * evaluations. A balance is always a sum over entries, never a counter:
 *
 *     left = max(0, allowance + Σ entries of this day) + Σ over living grants (grant + Σ entries on it)
 *
 * Every entry but a grant says what it touches: the allowance of one `day` (named by the refill that began it) or one
 * grant (`source`). A request reserves from the day's allowance first, for that is lost at the refill, then from the
 * grants, the first to expire first: one reserve entry for each. Each reserve is closed by exactly one entry of the same
 * day or source: a settle of 0 when the pictures were delivered, a refund of the same amount when they were not. So a
 * refund of yesterday's job gives back yesterday's allowance, not today's, and one to an expired grant is void. At a
 * refill nothing is written: the new day simply has no entries yet.
 */
export type Quota = ReturnType<typeof createQuota>

/** Who asks, and where: what rules are chosen by. */
export interface Asker {
  readonly person: number
  readonly platform: string
  readonly chat: string
  readonly roles?: readonly string[]
}

/** What holds for an asker after all rules. */
export type Terms = Required<RuleTerms>

export interface Balance {
  /** What can be spent now. Meaningless where `unlimited`. */
  readonly left: number
  readonly unlimited: boolean
  readonly perDay: number
  /** Of the day's allowance, reserved or spent. */
  readonly spentToday: number
  readonly grants: readonly Grant[]
  readonly refillsAt: number
}

/** Credits that an admin gives. */
type Gift = Pick<Entry, 'person' | 'amount' | 'actor' | 'reason' | 'expiresAt' | 'event'>

interface QuotaDeps {
  readonly store: Store
  readonly clock: Clock
  readonly refill: Refill
  readonly defaults: Terms
}

const SYSTEM = 'zimagine'
// One 1024×1024 picture of 8 evaluations.
const MEGAPIXEL_EVALUATIONS_A_CREDIT = 8

export function createQuota({ store, clock, refill, defaults }: QuotaDeps) {
  const { ledger, rules } = store

  const terms = (asker: Asker): Terms => {
    const now = clock.now()
    const scoped = (scope: 'role' | 'chat', id: string) => rules.get(scope, `${asker.platform}:${id}`, now)
    // From wide to specific; among several roles the most generous word counts.
    return {
      ...defaults,
      ...rules.get('everyone', '', now),
      ...generous((asker.roles ?? []).map((role) => scoped('role', role))),
      ...scoped('chat', asker.chat),
      ...rules.get('person', String(asker.person), now),
    }
  }

  const balance = (asker: Asker): Balance => {
    const now = clock.now()
    const { creditsPerDay, unlimited } = terms(asker)
    const spentToday = -ledger.sumOfDay(asker.person, refill.last(now))
    const grants = ledger.grants(asker.person, now)
    const left = Math.max(0, creditsPerDay - spentToday) + grants.reduce((sum, grant) => sum + grant.left, 0)
    return { left, unlimited, perDay: creditsPerDay, spentToday, grants, refillsAt: refill.next(now) }
  }

  /** Closes every reserve of the job, once: what is closed already stays as it is. */
  const close = (job: number, kind: 'settle' | 'refund', reason?: string): void => {
    const entries = ledger.ofJob(job)
    if (entries.some((entry) => entry.kind === 'settle' || entry.kind === 'refund')) return
    for (const reserve of entries.filter((entry) => entry.kind === 'reserve')) {
      const amount = kind === 'refund' ? -reserve.amount : 0
      ledger.add({
        ...touching(reserve),
        person: reserve.person,
        kind,
        amount,
        job,
        at: clock.now(),
        actor: SYSTEM,
        reason,
      })
    }
  }

  return {
    terms,
    balance,

    /**
     * Takes `amount` for the job, or throws `not-enough-credits`. Call it in the transaction that adds the job: two
     * requests can then never spend the same credit.
     */
    reserve(asker: Asker, job: number, amount: number): void {
      const { left, unlimited, perDay, spentToday, grants, refillsAt } = balance(asker)
      if (!unlimited && amount > left) {
        const lasting = grants.filter(({ expiresAt = Number.POSITIVE_INFINITY }) => expiresAt > refillsAt)
        const waitingHelps = amount <= perDay + lasting.reduce((sum, grant) => sum + grant.left, 0)
        const when = waitingHelps ? refillsAt : undefined
        throw new UserError('not-enough-credits', { left, cost: amount, refillsAt: when, perDay })
      }
      const now = clock.now()
      const take = (part: number, from: { day: number } | { source: number }) =>
        ledger.add({ ...from, person: asker.person, kind: 'reserve', amount: -part, job, at: now, actor: SYSTEM })
      const day = { day: refill.last(now) }
      const fromDay = unlimited ? amount : Math.min(amount, Math.max(0, perDay - spentToday))
      let rest = amount - fromDay
      // A free job has its entry too: every job's money is told by the ledger.
      if (fromDay > 0 || rest === 0) take(fromDay, day)
      for (const grant of grants) {
        const part = Math.min(rest, grant.left)
        if (part > 0) take(part, { source: grant.id })
        rest -= part
      }
    },

    /** The job was delivered: what was reserved stays spent. */
    settle: (job: number) => close(job, 'settle'),

    /** The job came to nothing: what was reserved is given back, once. */
    refund: (job: number, reason: string) => close(job, 'refund', reason),

    /** Gives credits on top of the allowance, until they are spent or expire. */
    grant(gift: Gift): void {
      if (!Number.isInteger(gift.amount) || gift.amount <= 0) {
        throw new RangeError(`a grant is a positive whole number of thousandths, got ${gift.amount}`)
      }
      ledger.add({ ...gift, kind: 'grant', at: clock.now() })
    },

    /** Gives back what of today's allowance is spent; what is reserved comes back if the job comes to nothing. */
    reset(change: Omit<Gift, 'amount' | 'expiresAt'>): void {
      const now = clock.now()
      const day = refill.last(now)
      const amount = ledger.openOfDay(change.person, day) - ledger.sumOfDay(change.person, day)
      if (amount !== 0) ledger.add({ ...change, kind: 'adjust', amount, day, at: now })
    },
  }
}

/** What a request costs, in thousandths of a credit: at least one. */
export function cost(request: ImageRequest): number {
  return Math.max(1, Math.round((megapixelEvaluations(request) / MEGAPIXEL_EVALUATIONS_A_CREDIT) * 1000))
}

function touching(entry: Entry): { day: number } | { source: number } {
  return entry.day === undefined ? { source: entry.source! } : { day: entry.day }
}

/** Of each term the highest number; and no limit where any rule says so. */
function generous(rules: readonly RuleTerms[]): RuleTerms {
  const best: Partial<Record<string, number | boolean>> = {}
  for (const [term, said] of rules.flatMap((rule) => Object.entries(rule))) {
    const before = best[term]
    if (before === undefined || said > before) best[term] = said
  }
  return best
}
