import type { View } from '../chat.ts'
import { join, lines, typed } from '../messages/text.ts'
import type { VerdictKind } from '../store/verdicts.ts'
import { UserError } from '../user-error.ts'
import { isAdmin } from './caller.ts'
import { type Call, defineCommand } from './define.ts'
import { foldWord } from './denied-words.ts'
import { expiryOf } from './duration.ts'
import type { Args, Params } from './params.ts'
import { turnSpoiler } from './spoiler.ts'
import { isHere, nameOf, readTarget, type Target } from './target.ts'
import { auditTarget, writeAudit } from './write-audit.ts'

const params = {
  action: {
    kind: 'choice',
    choices: ['block', 'unblock', 'allow', 'list', 'deny', 'words', 'spoiler', 'unspoiler'],
    required: true,
  },
  who: { kind: 'text', word: true, maxLength: 300 },
  expires: { kind: 'text', word: true, named: true, maxLength: 20 },
  remove: { kind: 'text', named: true, maxLength: 300 },
  reason: { kind: 'text', rest: true, maxLength: 300 },
} as const satisfies Params

// Of whoever looks after a chat. Whether it is served at all is the owner's word.
const OWN_CHAT: readonly string[] = ['block', 'unblock', 'spoiler', 'unspoiler']

type ModerateArgs = Args<typeof params>
type VerdictTarget = Target & { readonly scope: 'person' | 'chat' }

/** Who may ask for pictures, where, in which words, and how they are shown. Those who look after a chat decide about that chat alone. */
export const moderate = defineCommand({
  name: 'moderate',
  params,
  access: 'moderator',
  run(call, args) {
    const { action } = args
    if (!call.admin && !OWN_CHAT.includes(action)) throw new UserError('admins-only', { command: `moderate ${action}` })
    switch (action) {
      case 'block':
        return decide(call, args, 'blocked')
      case 'allow':
        return decide(call, args, 'allowed')
      case 'unblock':
        return takeBack(call, args)
      case 'list':
        return listVerdicts(call)
      case 'deny':
        return denyWords(call, args)
      case 'words':
        return args.remove === undefined ? showWords(call) : removeWords(call, args.remove)
      case 'spoiler':
        return cover(call, args, 'on')
      case 'unspoiler':
        return cover(call, args, 'off')
      default:
        return action satisfies never
    }
  },
})

function decide(call: Call, args: ModerateArgs, verdict: VerdictKind): View {
  const { services, messages, actor } = call
  const target = verdictTarget(call, args)
  if (!call.admin) leaveAdminsVerdict(call, target)
  const at = services.clock.now()
  const expiresAt = expiryOf(call, args.expires)
  const { reason } = args
  services.store.transaction(() => {
    services.store.verdicts.put({ ...target, verdict, actor, reason, at, expiresAt })
    auditTarget(call, 'moderate', args, target)
  })
  return { text: messages.admin.verdict(nameOf(call, target), verdict, expiresAt), private: true }
}

function takeBack(call: Call, args: ModerateArgs): View {
  const target = verdictTarget(call, args)
  const { store } = call.services
  if (!call.admin) leaveAdminsVerdict(call, target)
  store.transaction(() => {
    if (!store.verdicts.remove(target.scope, target.key)) throw new UserError('nothing-to-change', {})
    auditTarget(call, 'moderate', args, target)
  })
  return { text: call.messages.admin.unblocked(nameOf(call, target)), private: true }
}

function listVerdicts(call: Call): View {
  const { services, messages } = call
  const rows = services.store.verdicts.all(services.clock.now()).map((target) => {
    const { verdict, expiresAt, reason } = target
    return join([messages.admin.verdict(nameOf(call, target), verdict, expiresAt), reason && typed(reason)], ' ')
  })
  return { text: rows.length > 0 ? lines(...rows) : messages.admin.noVerdict(), private: true }
}

function denyWords(call: Call, args: ModerateArgs): View {
  const words = readWords([args.who, args.reason].filter(Boolean).join(' '))
  if (words.length === 0) throw new UserError('missing', { param: 'who' })
  const { store, clock } = call.services
  store.transaction(() => {
    for (const word of words) store.deniedWords.add(word, call.actor, clock.now())
    writeAudit(call, { action: 'moderate deny', target: 'words', details: words })
  })
  return showWords(call)
}

function removeWords(call: Call, text: string): View {
  const { store } = call.services
  store.transaction(() => {
    const removed = readWords(text).filter((word) => store.deniedWords.remove(word))
    if (removed.length === 0) throw new UserError('nothing-to-change', {})
    writeAudit(call, { action: 'moderate words', target: 'words', details: { removed } })
  })
  return showWords(call)
}

function showWords(call: Call): View {
  return { text: call.messages.admin.words(call.services.store.deniedWords.all()), private: true }
}

/** Of a chat's pictures, those from before too where they are shown again. */
function cover(call: Call, args: ModerateArgs, value: 'on' | 'off'): View {
  const target = verdictTarget(call, { ...args, who: args.who ?? 'here' })
  if (target.scope !== 'chat') throw new UserError('person-only', { action: args.action })
  const { store } = call.services
  store.transaction(() => {
    if (!turnSpoiler(store.switches, target.key, value)) throw new UserError('nothing-to-change', {})
    auditTarget(call, 'moderate', args, target)
  })
  return { text: call.messages.admin.spoiler(nameOf(call, target), value === 'on'), private: true }
}

function verdictTarget(call: Call, { who, action }: ModerateArgs): VerdictTarget {
  if (!call.admin && who !== undefined && !isHere(who)) throw new UserError('own-chat-only', { action })
  const { scope, key } = readTarget(call, who)
  if (scope !== 'person' && scope !== 'chat') throw new UserError('person-only', { action })
  return { scope, key }
}

/** Who looks after a chat can't undo what an admin decided about it, nor put their own word in its place. */
function leaveAdminsVerdict({ services }: Call, { scope, key }: VerdictTarget): void {
  const verdict = services.store.verdicts.get(scope, key, services.clock.now())
  if (verdict && isAdmin(services, verdict.actor)) throw new UserError('admins-decided', {})
}

function readWords(text: string): string[] {
  return text
    .split(/[,，、\n]/u)
    .map((word) => foldWord(word.replace(/^[\s"“”„]+|[\s"“”„]+$/gu, '')))
    .filter(Boolean)
}
