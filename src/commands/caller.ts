import type { Incoming, Sender } from '../chat.ts'
import { type Language, languageOf } from '../messages/language.ts'
import { messagesIn } from '../messages/messages.ts'
import type { Services } from '../services.ts'
import { rememberRoles } from './asker.ts'
import { clean } from './check-values.ts'
import type { Call } from './define.ts'

// Whoever sits at the machine itself.
const OWNER = 'terminal:owner'
// A script may queue a night's work.
const OWNER_WAITING = 1000

/** Who speaks, with what rights and in which language. Somebody new is known from now on. */
export function callOf(services: Services, incoming: Incoming): Call {
  const { from } = incoming
  const { store, clock } = services
  // Names may turn round what stands after them, or hold what nobody who types them sees.
  const person = store.people.of(from.platform, from.id, clean(from.name), clock.now())
  const actor = `${from.platform}:${from.id}`
  if (actor === OWNER) liftLimits(services, person)
  const language = languageFor(services, from)
  const call = {
    services,
    incoming,
    person,
    actor,
    language,
    messages: messagesIn(language),
    admin: isAdmin(services, actor),
    moderator: from.moderator ?? false,
  }
  rememberRoles(call)
  return call
}

/** `actor` is `platform:account`. */
export function isAdmin({ config }: Pick<Services, 'config'>, actor: string): boolean {
  return actor === OWNER || config.admins.some(({ platform, account }) => actor === `${platform}:${account}`)
}

/** Nobody rations their own machine, unless they say so by a rule. */
function liftLimits({ store, clock }: Services, person: number): void {
  const rule = { scope: 'person', key: String(person) } as const
  if (store.rules.layers(rule.scope, rule.key, clock.now()).length > 0) return
  store.rules.put({ ...rule, unlimited: true, maxWaiting: OWNER_WAITING, actor: 'zimagine', at: clock.now() })
}

/** The chosen one, else the platform's, else the configured one. */
export function languageFor(
  { store, config }: Services,
  { platform, id, locale }: Pick<Sender, 'platform' | 'id' | 'locale'>,
): Language {
  const person = store.people.find(platform, id)
  const chosen = person === undefined ? undefined : store.settings.get(person, 'language')
  return languageOf(chosen) ?? languageOf(locale) ?? config.language
}
