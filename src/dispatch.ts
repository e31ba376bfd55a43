import type { Core, Incoming, Respond, Sender, Suggestion, Text, View } from './chat.ts'
import { eventOf } from './commands/ask-for-picture.ts'
import { rememberRoles } from './commands/asker.ts'
import { checkValues } from './commands/check-values.ts'
import type { AnyCommand, Call } from './commands/define.ts'
import { showJob } from './commands/job-view.ts'
import type { RawValues } from './commands/params.ts'
import { readText } from './commands/read-text.ts'
import { findCommand } from './commands/registry.ts'
import { shorten } from './messages/format.ts'
import { type Language, languageOf, type Messages, messagesIn } from './messages/messages.ts'
import type { Services } from './services.ts'
import { UserError, type UserErrorCode } from './user-error.ts'

// Discord: 25 choices, each of at most 100 characters.
const SUGGESTIONS = 25
const SUGGESTION_LENGTH = 80
// A script may queue a night's work.
const OWNER_WAITING = 1000

/**
 * The door from the platforms: finds the command, checks values and access in the same words everywhere, runs it, and
 * turns whatever happens into one view. A job's message is handed to delivery, which keeps it up to date from then on.
 */
export function createDispatch(services: Services): Core {
  return {
    async dispatch(incoming, respond) {
      const view = await answer(services, incoming)
      await show(services, incoming, view, respond)
    },

    complete(name, param, typed, from) {
      const command = findCommand(name)
      if (!command || !Object.hasOwn(command.params, param)) return []
      return command.params[param]!.suggests === 'jobs' ? suggestJobs(services, typed, from) : []
    },
  }
}

/** Never throws: what goes wrong is a view too. */
async function answer(services: Services, incoming: Incoming): Promise<View> {
  let call: Call | undefined
  try {
    call = callOf(services, incoming)
    rememberRoles(call)
    const known = services.store.jobs.byEvent(eventOf(incoming))
    if (known) return showJob(services)(known, services.queue.status(known))
    const command = findCommand(incoming.command)
    if (!command) throw new UserError('unknown-command', { command: shorten(incoming.command, 40) })
    checkAccess(call, command)
    return await run(call, command)
  } catch (error) {
    return refusal(services, incoming, call?.messages ?? messagesIn(services.config.language), error)
  }
}

async function run(call: Call, command: AnyCommand): Promise<View> {
  const raw = rawValues(command, call.incoming)
  try {
    return await command.run(call, checkValues(command.params, raw))
  } catch (error) {
    const form = error instanceof UserError && error.code === 'missing' && askFor(call, command, raw, error)
    if (form) return form
    throw error
  }
}

/** Values chosen one by one stand above flags in a text; flags are read in a prompt that came as a value, too. */
function rawValues({ params }: AnyCommand, { text = '', values = {} }: Incoming): RawValues {
  const rest = Object.keys(params).find((name) => params[name]!.kind === 'text' && 'rest' in params[name]!)
  const { [rest ?? '']: restValue, ...others } = values
  const typed = rest !== undefined && restValue !== undefined ? `${String(restValue)} ${text}` : text
  return { ...readText(params, typed), ...others }
}

/** A command without its words asks for them, once. What was already said goes with the form, as far as it fits. */
function askFor({ messages }: Call, command: AnyCommand, raw: RawValues, error: UserError): View | undefined {
  const [name, param] = Object.entries(command.params).find(([, param]) => param.kind === 'text' && param.rest) ?? []
  if (param?.kind !== 'text' || !param.required || name !== (error as UserError<'missing'>).details.param) {
    return undefined
  }
  const flags = Object.entries(raw).map(([flag, value]) => (value === true ? `--${flag}` : `--${flag} ${value}`))
  const id = `${command.name}:${flags.join(' ')}`
  const { title, prompt } = messages.ask
  const field = { name, label: prompt, value: '', multiline: true, required: true, maxLength: param.maxLength }
  return {
    kind: 'form',
    text: [prompt],
    // Telegram: callback data is 64 bytes.
    form: { id: Buffer.byteLength(id) <= 64 ? id : `${command.name}:`, title, fields: [field] },
    private: true,
  }
}

function checkAccess(call: Call, command: AnyCommand): void {
  switch (command.access) {
    case 'everyone':
      return
    case 'moderator':
      if (!call.moderator && !call.admin) throw new UserError('moderators-only', { command: command.name })
      return
    case 'admin':
      if (!call.admin) throw new UserError('admins-only', { command: command.name })
      return
    default:
      command.access satisfies never
  }
}

function callOf(services: Services, incoming: Incoming): Call {
  const { from } = incoming
  const { store, clock, config } = services
  const person = store.people.of(from.platform, from.id, from.name, clock.now())
  if (isOwner(from)) liftLimits(services, person)
  const language = languageFor(services, person, from)
  return {
    services,
    incoming,
    person,
    actor: `${from.platform}:${from.id}`,
    language,
    messages: messagesIn(language),
    admin:
      isOwner(from) || config.admins.some(({ platform, account }) => platform === from.platform && account === from.id),
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
  if (store.rules.get(rule.scope, rule.key, clock.now())) return
  store.rules.put({ ...rule, unlimited: true, maxWaiting: OWNER_WAITING, actor: 'zimagine', at: clock.now() })
}

function languageFor({ store, config }: Services, person: number, from: Sender): Language {
  return languageOf(store.settings.get(person, 'language')) ?? languageOf(from.locale) ?? config.language
}

function refusal({ log }: Services, incoming: Incoming, messages: Messages, error: unknown): View {
  if (error instanceof UserError) {
    // On a press it is a word on the side: the message with the button stays as it is.
    return { ...(incoming.pressed && { kind: 'notice' as const }), text: sentenceOf(messages, error), private: true }
  }
  const id = eventOf(incoming)
  log.error({ event: id, command: incoming.command, err: error }, 'a command failed')
  return { text: messages.apology(id), private: true }
}

function sentenceOf<Code extends UserErrorCode>(messages: Messages, error: UserError<Code>): Text {
  return messages.errors[error.code](error.details)
}

async function show({ delivery, log }: Services, incoming: Incoming, view: View, respond: Respond): Promise<void> {
  let message: Awaited<ReturnType<Respond>>
  try {
    message = await respond(withoutResult(view))
  } catch (error) {
    log.warn({ event: eventOf(incoming), job: view.job, err: error }, 'an answer could not be shown')
  }
  // Also where the answer was lost: delivery then posts the result as a message of its own.
  if (view.job !== undefined) delivery.attach(view.job, message)
}

/** A job's pictures come by delivery alone, which knows whether they were shown before: an event may come twice. */
function withoutResult(view: View): View {
  if (view.job === undefined || !view.pictures) return view
  const { pictures: _, ...text } = view
  return { ...text, working: true }
}

function suggestJobs({ store }: Services, typed: string, from: Sender): Suggestion[] {
  const person = store.people.find(from.platform, from.id)
  if (person === undefined) return []
  const number = typed.trim().replace(/^#/u, '')
  return store.jobs
    .history({ person, limit: 200 })
    .filter((job) => String(job.id).startsWith(number) || job.prompt.includes(typed.trim()))
    .slice(0, SUGGESTIONS)
    .map((job) => ({ label: shorten(`#${job.id} ${job.prompt}`, SUGGESTION_LENGTH), value: String(job.id) }))
}
