import type { View } from '../chat.ts'
import { lines } from '../messages/text.ts'
import type { Rule, RuleTerms } from '../store/rules.ts'
import { UserError } from '../user-error.ts'
import { eventOf } from './ask-for-picture.ts'
import { type Call, defineCommand } from './define.ts'
import { readDurationMs } from './duration.ts'
import type { Args, Params } from './params.ts'
import { nameOf, readPersonTarget, readTarget, type Target } from './target.ts'
import { writeAudit } from './write-audit.ts'

// A million credits is more than a machine draws in a year.
const MOST_CREDITS = 1_000_000
const MOST_PIXELS = 2 ** 30

const params = {
  action: { kind: 'choice', choices: ['show', 'set', 'grant', 'reset', 'unlimited', 'rules'], required: true },
  who: { kind: 'text', word: true, maxLength: 200 },
  credits: { kind: 'number', min: 0, max: MOST_CREDITS },
  waiting: { kind: 'integer', named: true, min: 0, max: 1000 },
  pixels: { kind: 'integer', named: true, min: 1, max: MOST_PIXELS },
  steps: { kind: 'integer', named: true, min: 1, max: 1000 },
  weight: { kind: 'number', named: true, min: 0.01, max: 100 },
  priority: { kind: 'integer', named: true, min: -10, max: 10 },
  expires: { kind: 'text', word: true, named: true, maxLength: 20 },
  remove: { kind: 'flag' },
  reason: { kind: 'text', rest: true, maxLength: 300 },
} as const satisfies Params

type QuotaArgs = Args<typeof params>

/** Credits and limits of people, roles and chats. Every change is audited. */
export const quotaAdmin = defineCommand({
  name: 'quota_admin',
  params,
  access: 'admin',
  run(call, args) {
    switch (args.action) {
      case 'show':
        return show(call, args)
      case 'set':
        return changeRule(call, args, termsOf(args))
      case 'unlimited':
        return changeRule(call, args, { unlimited: true })
      case 'grant':
        return grant(call, args)
      case 'reset':
        return reset(call, args)
      case 'rules':
        return args.remove ? removeRule(call, args) : rules(call)
      default:
        return args.action satisfies never
    }
  },
})

function show(call: Call, args: QuotaArgs): View {
  const { services, messages, incoming } = call
  const target = readTarget(call, args.who ?? 'me')
  const rule = services.store.rules.get(target.scope, target.key, services.clock.now())
  const balance =
    target.scope === 'person' ? services.quota.balance({ person: Number(target.key), ...incoming.address }) : undefined
  return {
    text: lines(
      messages.admin.about(nameOf(call, target)),
      balance && messages.quota.left(balance),
      balance && !balance.unlimited && messages.quota.day(balance),
      ...(balance?.grants ?? []).map((grant) => messages.quota.grant(grant.left, grant.expiresAt)),
      rule ? messages.admin.rule(nameOf(call, target), rule) : messages.admin.noRule(),
    ),
    private: true,
  }
}

function changeRule(call: Call, args: QuotaArgs, terms: RuleTerms): View {
  const { services, messages, actor } = call
  if (Object.keys(terms).length === 0) throw new UserError('nothing-to-change', {})
  const target = readTarget(call, need(args))
  const now = services.clock.now()
  const rule: Rule = {
    ...services.store.rules.get(target.scope, target.key, now),
    ...terms,
    ...target,
    actor,
    at: now,
    ...expiryOf(call, args),
    ...(args.reason && { reason: args.reason }),
  }
  services.store.transaction(() => {
    services.store.rules.put(rule)
    audit(call, args, target, { ...terms })
  })
  return { text: messages.admin.rule(nameOf(call, target), rule), private: true }
}

function grant(call: Call, args: QuotaArgs): View {
  const { services, messages, actor, incoming } = call
  const person = readPersonTarget(call, need(args), 'grant')
  const amount = Math.round((args.credits ?? 0) * 1000)
  if (amount === 0) throw new UserError('missing', { param: 'credits' })
  const target: Target = { scope: 'person', key: String(person) }
  const expiry = expiryOf(call, args)
  services.store.transaction(() => {
    const { reason } = args
    services.quota.grant({ person, amount, actor, event: eventOf(incoming), ...expiry, ...(reason && { reason }) })
    audit(call, args, target, { amount })
  })
  return { text: messages.admin.granted(nameOf(call, target), amount, expiry.expiresAt), private: true }
}

function reset(call: Call, args: QuotaArgs): View {
  const { services, messages, actor, incoming } = call
  const person = readPersonTarget(call, need(args), 'reset')
  const target: Target = { scope: 'person', key: String(person) }
  services.store.transaction(() => {
    const { reason } = args
    services.quota.reset({ person, actor, event: eventOf(incoming), ...(reason && { reason }) })
    audit(call, args, target, {})
  })
  return { text: messages.admin.reset(nameOf(call, target)), private: true }
}

function rules(call: Call): View {
  const { services, messages } = call
  const all = services.store.rules.all(services.clock.now())
  const rows = all.map((rule) => messages.admin.rule(nameOf(call, rule), rule))
  return { text: rows.length > 0 ? lines(...rows) : messages.admin.noRule(), private: true }
}

function removeRule(call: Call, args: QuotaArgs): View {
  const target = readTarget(call, need(args))
  if (!call.services.store.rules.remove(target.scope, target.key)) throw new UserError('nothing-to-change', {})
  audit(call, args, target, { removed: true })
  return { text: call.messages.admin.ruleRemoved(nameOf(call, target)), private: true }
}

function termsOf(args: QuotaArgs): RuleTerms {
  return {
    ...(args.credits !== undefined && { creditsPerDay: Math.round(args.credits * 1000), unlimited: false }),
    ...(args.waiting !== undefined && { maxWaiting: args.waiting }),
    ...(args.pixels !== undefined && { maxPixels: args.pixels }),
    ...(args.steps !== undefined && { maxSteps: args.steps }),
    ...(args.weight !== undefined && { weight: args.weight }),
    ...(args.priority !== undefined && { priority: args.priority }),
  }
}

function need({ who }: QuotaArgs): string {
  if (who === undefined) throw new UserError('missing', { param: 'who' })
  return who
}

function expiryOf({ services }: Call, { expires }: QuotaArgs): { readonly expiresAt?: number } {
  return expires === undefined ? {} : { expiresAt: services.clock.now() + readDurationMs(expires) }
}

function audit(
  call: Call,
  args: QuotaArgs,
  target: Target,
  details: Readonly<Record<string, string | number | boolean>>,
) {
  const expires: Readonly<Record<string, string>> = args.expires === undefined ? {} : { expires: args.expires }
  const act = { action: `quota ${args.action}`, target: `${target.scope}:${target.key}`, reason: args.reason }
  writeAudit(call, { ...act, details: { ...details, ...expires } })
}
