import type { RuleScope } from '../store/rules.ts'
import { UserError } from '../user-error.ts'
import type { Call } from './define.ts'

/** Whom an admin's command is about. `key` is as rules and verdicts are stored. */
export interface Target {
  readonly scope: RuleScope
  readonly key: string
}

const HERE = /^(here|本聊天|这里)$/iu

/**
 * Reads what an admin writes for somebody: `me`, a mention or name, `discord:1234`, an account's id; `here` or
 * `chat:ID`; a role's or channel's mention or `role:ID`; `everyone`. Throws where nobody or more than one is meant.
 */
export function readTarget(call: Call, who: string | undefined): Target {
  if (who === undefined) throw new UserError('missing', { param: 'who' })
  const here = call.incoming.address
  const text = who.trim()
  if (/^@?(everyone|所有人)$/iu.test(text)) return { scope: 'everyone', key: '' }
  if (isHere(text)) return { scope: 'chat', key: `${here.platform}:${here.chat}` }
  const scoped = /^(chat|role):(?:([a-z]+):)?(\S+)$/u.exec(text)
  if (scoped) return { scope: scoped[1] as 'chat' | 'role', key: `${scoped[2] ?? here.platform}:${scoped[3]}` }
  // As Discord writes what is picked after `@` and `#`.
  const mention = /^<(@&|#)(\d+)>$/u.exec(text)
  if (mention) return { scope: mention[1] === '#' ? 'chat' : 'role', key: `${here.platform}:${mention[2]}` }
  return { scope: 'person', key: String(readPerson(call, text)) }
}

/** The chat in which it is written. */
export function isHere(who: string): boolean {
  return HERE.test(who.trim())
}

/** As `readTarget`, where only a person will do. */
export function readPersonTarget(call: Call, who: string | undefined, action: string): Target {
  const target = readTarget(call, who)
  if (target.scope !== 'person') throw new UserError('person-only', { action })
  return target
}

/** How a target is called in an answer: a person by the names of their accounts. */
export function nameOf({ services, incoming, messages }: Call, { scope, key }: Target): string {
  const { platform, chat } = incoming.address
  switch (scope) {
    case 'everyone':
      return messages.admin.everyone
    case 'chat':
      return key === `${platform}:${chat}` ? messages.admin.here : messages.admin.chat(key)
    case 'role':
      return messages.admin.role(key)
    case 'person': {
      const accounts = services.store.people.accounts(Number(key))
      return accounts.map((known) => known.name || `${known.platform}:${known.account}`).join(' + ')
    }
    default:
      return scope satisfies never
  }
}

function readPerson({ services, incoming, person }: Call, text: string): number {
  const { people } = services.store
  const { platform } = incoming.address
  if (/^(me|我)$/iu.test(text)) return person
  const account = /^<@!?(\d+)>$/u.exec(text)?.[1] ?? /^\d+$/u.exec(text)?.[0]
  // Somebody who never wrote to us may be given credits, or be blocked, all the same: their id is certain.
  if (account) return people.find(platform, account) ?? people.of(platform, account, '', services.clock.now())
  const named = /^([a-z]+):(\S+)$/u.exec(text)
  if (named) {
    const known = people.find(named[1]!, named[2]!)
    // Never a name: anyone may be shown by this one. The platform before a `@name` was not typed.
    if (known === undefined) throw new UserError('no-such-person', { who: text.replace(/^[a-z]+:@/u, '@') })
    return known
  }
  const name = text.replace(/^@/u, '')
  // Nobody's, though an account that never wrote has none.
  const accounts = name === '' ? [] : people.named(name)
  const found = [...new Set(accounts.map((account) => account.person))]
  if (found.length > 1) {
    throw new UserError('several-people', { who: text, accounts: accounts.map((a) => `${a.platform}:${a.account}`) })
  }
  if (found[0] === undefined) throw new UserError('no-such-person', { who: text })
  return found[0]
}
