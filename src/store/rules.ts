import type { Db } from './database.ts'
import { withoutNulls } from './row.ts'

/** From the widest to the most specific; the most specific that says something decides. */
export type RuleScope = 'everyone' | 'role' | 'chat' | 'person'

/** What a rule says. Undefined says nothing: a wider rule decides. */
export interface RuleTerms {
  /** Thousandths of a credit. */
  readonly creditsPerDay?: number
  readonly maxWaiting?: number
  readonly maxPixels?: number
  readonly maxSteps?: number
  readonly unlimited?: boolean
  /** Share of the engine against others; 1 for most. */
  readonly weight?: number
  /** Higher classes go first; 0 for most. */
  readonly priority?: number
}

export interface Rule extends RuleTerms {
  readonly scope: RuleScope
  /** Empty for everyone, `platform:id` for a role or chat, the id of a person. */
  readonly key: string
  readonly actor: string
  readonly reason?: string
  readonly at: number
  readonly expiresAt?: number
}

/** Quota rules: for each scope and key a lasting one, and one with an end that lies over it. */
export function createRules(db: Db) {
  const put = db.prepare(
    `INSERT OR REPLACE INTO rules VALUES (@scope, @key, @creditsPerDay, @maxWaiting, @maxPixels, @maxSteps, @unlimited,
     @weight, @priority, @actor, @reason, @at, @expiresAt)`,
  )
  const remove = db.prepare('DELETE FROM rules WHERE scope = ? AND key = ?')
  const inForce = `FROM rules WHERE scope = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)
    ORDER BY expires_at IS NOT NULL`
  const terms = db.prepare(`SELECT ${TERMS} ${inForce}`)
  const layers = db.prepare(`SELECT ${COLUMNS} ${inForce}`)
  const all = db.prepare(
    `SELECT ${COLUMNS} FROM rules WHERE expires_at IS NULL OR expires_at > ? ORDER BY scope, key, expires_at IS NOT NULL`,
  )
  return {
    /** Replaces the lasting rule for its scope and key, or the one with an end. */
    put(rule: Rule): void {
      const unlimited = rule.unlimited === undefined ? null : Number(rule.unlimited)
      put.run({ ...SAYS_NOTHING, ...rule, unlimited })
    },
    /** Both. */
    remove: (scope: RuleScope, key: string) => remove.run(scope, key).changes > 0,
    /** What is in force: the lasting one, then the one with an end. */
    layers: (scope: RuleScope, key: string, now: number) => layers.all(scope, key, now).map(told<Rule>),
    /** What they say together. */
    get: (scope: RuleScope, key: string, now: number): RuleTerms =>
      Object.assign({}, ...terms.all(scope, key, now).map(told<RuleTerms>)),
    all: (now: number) => all.all(now).map(told<Rule>),
  }
}

const TERMS = `credits_per_day AS creditsPerDay, max_waiting AS maxWaiting, max_pixels AS maxPixels,
  max_steps AS maxSteps, unlimited, weight, priority`
const COLUMNS = `scope, key, ${TERMS}, actor, reason, at, expires_at AS expiresAt`

const SAYS_NOTHING = {
  creditsPerDay: null,
  maxWaiting: null,
  maxPixels: null,
  maxSteps: null,
  weight: null,
  priority: null,
  reason: null,
  expiresAt: null,
}

function told<T extends RuleTerms>(row: unknown): T {
  const said = withoutNulls<T>(row)
  return said.unlimited === undefined ? said : { ...said, unlimited: Boolean(said.unlimited) }
}
