import type { View } from '../chat.ts'
import { lines } from '../messages/text.ts'
import type { Rule, RuleTerms } from '../store/rules.ts'
import { UserError } from '../user-error.ts'
import type { Call } from './define.ts'
import { expiryOf } from './duration.ts'
import type { QuotaArgs } from './quota-params.ts'
import { nameOf, readTarget } from './target.ts'
import { auditTarget } from './write-audit.ts'

/**
 * Puts these terms into the target's rule; what it said besides stays. With an end they go into a rule over that one, which
 * holds again afterwards.
 */
export function changeRule(call: Call, args: QuotaArgs, terms: RuleTerms): View {
  const { services, messages, actor } = call
  if (Object.keys(terms).length === 0) throw new UserError('nothing-to-change', {})
  const target = readTarget(call, args.who)
  const now = services.clock.now()
  const expiresAt = expiryOf(call, args.expires)
  const layers = services.store.rules.layers(target.scope, target.key, now)
  const before = layers.find((layer) => (layer.expiresAt === undefined) === (expiresAt === undefined))
  const reason = args.reason ?? before?.reason
  const rule: Rule = { ...before, ...terms, ...target, actor, at: now, expiresAt, reason }
  services.store.transaction(() => {
    services.store.rules.put(rule)
    auditTarget(call, 'quota', args, target, { ...terms })
  })
  return { text: messages.admin.rule(nameOf(call, target), rule), private: true }
}

export function listRules(call: Call): View {
  const { services, messages } = call
  const all = services.store.rules.all(services.clock.now())
  const rows = all.map((rule) => messages.admin.rule(nameOf(call, rule), rule))
  return { text: rows.length > 0 ? lines(...rows) : messages.admin.noRule(), private: true }
}

export function removeRule(call: Call, args: QuotaArgs): View {
  const target = readTarget(call, args.who)
  const { store } = call.services
  store.transaction(() => {
    if (!store.rules.remove(target.scope, target.key)) throw new UserError('nothing-to-change', {})
    auditTarget(call, 'quota', args, target, { removed: true })
  })
  return { text: call.messages.admin.ruleRemoved(nameOf(call, target)), private: true }
}

/** The terms that were given, each by its param. */
export function termsOf(args: QuotaArgs): RuleTerms {
  return {
    ...(args.credits !== undefined && { creditsPerDay: Math.round(args.credits * 1000), unlimited: false }),
    ...(args.waiting !== undefined && { maxWaiting: args.waiting }),
    ...(args.pixels !== undefined && { maxPixels: args.pixels }),
    ...(args.steps !== undefined && { maxSteps: args.steps }),
    ...(args.weight !== undefined && { weight: args.weight }),
    ...(args.priority !== undefined && { priority: args.priority }),
  }
}
