import type { Incoming, Sender } from '../chat.ts'
import { type Language, languageOf, messagesIn } from '../messages/messages.ts'
import type { Services } from '../services.ts'
import { rememberRoles } from './asker.ts'
import type { Call } from './define.ts'

// A script may queue a night's work.
const OWNER_WAITING = 1000

/** Who speaks, with what rights and in which language. Somebody new is known from now on. */
export function callOf(services: Services, incoming: Incoming): Call {
  const { from } = incoming
  const { store, clock, config } = services
  const person = store.people.of(from.platform, from.id, from.name, clock.now())
  if (isOwner(from)) liftLimits(services, person)
  const language = languageFor(services, from)
  rememberRoles({ services, person, incoming })
  return {
    services,
    incoming,
    person,
    actor: `${from.platform}:${from.id}`,
    language,
    messages: messagesIn(language),
    admin:
      isOwner(from) || config.admins.some((admin) => admin.platform === from.platform && admin.account === from.id),
    moderator: from.moderator ?? false,
  }
}

/** Whoever sits at the machine itself. */
function isOwner({ platform, id }: Sender): boolean {
  return platform === 'terminal' && id === 'owner'
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
