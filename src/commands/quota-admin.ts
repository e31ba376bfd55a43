import type { View } from '../chat.ts'
import { lines, typed } from '../messages/text.ts'
import { UserError } from '../user-error.ts'
import { askerOfJob } from './asker.ts'
import { type Call, defineCommand } from './define.ts'
import { expiryOf } from './duration.ts'
import { eventOf, once } from './once.ts'
import { type QuotaArgs, quotaParams } from './quota-params.ts'
import { changeRule, listRules, removeRule, termsOf } from './quota-rules.ts'
import { nameOf, readPersonTarget, readTarget } from './target.ts'
import { auditTarget } from './write-audit.ts'

/** Credits and limits of people, roles and chats. Every change is audited. */
export const quotaAdmin = defineCommand({
  name: 'quota_admin',
  params: quotaParams,
  access: 'admin',
  run(call, args) {
    switch (args.action) {
      case 'show':
        return show(call, args)
      case 'set':
        return changeRule(call, args, termsOf(args))
      case 'unlimited':
        return changeRule(call, args, { ...termsOf(args), unlimited: true })
      case 'grant':
        return grant(call, args)
      case 'reset':
        return reset(call, args)
      case 'rules':
        return args.remove ? removeRule(call, args) : listRules(call)
      default:
        return args.action satisfies never
    }
  },
})

function show(call: Call, args: QuotaArgs): View {
  const { services, messages, incoming } = call
  const target = readTarget(call, args.who ?? 'me')
  const rules = services.store.rules.layers(target.scope, target.key, services.clock.now())
  const balance =
    target.scope === 'person'
      ? services.quota.balance(askerOfJob(services.store, { person: Number(target.key), address: incoming.address }))
      : undefined
  return {
    text: lines(
      balance ? messages.admin.left(nameOf(call, target), balance) : typed(nameOf(call, target)),
      balance && !balance.unlimited && messages.quota.day(balance),
      ...(balance?.grants ?? []).map((grant) => messages.quota.grant(grant.left, grant.expiresAt)),
      ...rules.map((rule) => messages.admin.rule(nameOf(call, target), rule)),
      rules.length === 0 && (target.scope === 'everyone' ? messages.admin.noRule() : messages.admin.noOwnRule()),
    ),
    private: true,
  }
}

function grant(call: Call, args: QuotaArgs): View {
  const { services, messages, actor, incoming } = call
  const target = readPersonTarget(call, args.who, 'grant')
  if (args.credits === undefined) throw new UserError('missing', { param: 'credits' })
  const amount = Math.round(args.credits * 1000)
  if (amount === 0) {
    const { max } = quotaParams.credits
    throw new UserError('out-of-range', { param: 'credits', value: String(args.credits), min: 0.001, max })
  }
  const expiresAt = expiryOf(call, args.expires)
  once(call, () => {
    const gift = { person: Number(target.key), amount, actor, event: eventOf(incoming), expiresAt, reason: args.reason }
    services.quota.grant(gift)
    auditTarget(call, 'quota', args, target, { amount })
    return null
  })
  return { text: messages.admin.granted(nameOf(call, target), amount, expiresAt), private: true }
}

function reset(call: Call, args: QuotaArgs): View {
  const { services, messages, actor, incoming } = call
  const target = readPersonTarget(call, args.who, 'reset')
  once(call, () => {
    services.quota.reset({ person: Number(target.key), actor, event: eventOf(incoming), reason: args.reason })
    auditTarget(call, 'quota', args, target)
    return null
  })
  return { text: messages.admin.reset(nameOf(call, target)), private: true }
}
