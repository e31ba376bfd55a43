import type { Db } from './database.ts'

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
  const layers = db.prepare(
    `SELECT * FROM rules WHERE scope = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)
     ORDER BY expires_at IS NOT NULL`,
  )
  const all = db.prepare(
    `SELECT * FROM rules WHERE expires_at IS NULL OR expires_at > ? ORDER BY scope, key, expires_at IS NOT NULL`,
  )
  const layersOf = (scope: RuleScope, key: string, now: number) => (layers.all(scope, key, now) as Row[]).map(toRule)
  return {
    /** Replaces the lasting rule for its scope and key, or the one with an end. */
    put: (rule: Rule) => void put.run(toRow(rule)),
    /** Both. */
    remove: (scope: RuleScope, key: string) => remove.run(scope, key).changes > 0,
    /** What is in force: the lasting one, then the one with an end. */
    layers: layersOf,
    /** What they say together. */
    get: (scope: RuleScope, key: string, now: number): RuleTerms => Object.assign({}, ...layersOf(scope, key, now)),
    all: (now: number) => (all.all(now) as Row[]).map(toRule),
  }
}

interface Row {
  scope: RuleScope
  key: string
  credits_per_day: number | null
  max_waiting: number | null
  max_pixels: number | null
  max_steps: number | null
  unlimited: 0 | 1 | null
  weight: number | null
  priority: number | null
  actor: string
  reason: string | null
  at: number
  expires_at: number | null
}

function toRow(rule: Rule) {
  return {
    scope: rule.scope,
    key: rule.key,
    creditsPerDay: rule.creditsPerDay ?? null,
    maxWaiting: rule.maxWaiting ?? null,
    maxPixels: rule.maxPixels ?? null,
    maxSteps: rule.maxSteps ?? null,
    unlimited: rule.unlimited === undefined ? null : Number(rule.unlimited),
    weight: rule.weight ?? null,
    priority: rule.priority ?? null,
    actor: rule.actor,
    reason: rule.reason ?? null,
    at: rule.at,
    expiresAt: rule.expiresAt ?? null,
  }
}

function toRule(row: Row): Rule {
  return {
    scope: row.scope,
    key: row.key,
    ...(row.credits_per_day !== null && { creditsPerDay: row.credits_per_day }),
    ...(row.max_waiting !== null && { maxWaiting: row.max_waiting }),
    ...(row.max_pixels !== null && { maxPixels: row.max_pixels }),
    ...(row.max_steps !== null && { maxSteps: row.max_steps }),
    ...(row.unlimited !== null && { unlimited: row.unlimited === 1 }),
    ...(row.weight !== null && { weight: row.weight }),
    ...(row.priority !== null && { priority: row.priority }),
    actor: row.actor,
    ...(row.reason !== null && { reason: row.reason }),
    at: row.at,
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
  }
}
