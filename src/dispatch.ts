import type { Core, Incoming, Respond, Text, View } from './chat.ts'
import { checkAccess } from './commands/access.ts'
import { askForWords } from './commands/ask-for-words.ts'
import { callOf, languageFor } from './commands/caller.ts'
import { checkValues } from './commands/check-values.ts'
import type { AnyCommand, Call } from './commands/define.ts'
import { labelsOf } from './commands/info.ts'
import { showJob } from './commands/job-view.ts'
import { eventOf } from './commands/once.ts'
import type { RawValues } from './commands/params.ts'
import { readText } from './commands/read-text.ts'
import { findCommand } from './commands/registry.ts'
import { suggest } from './commands/suggest.ts'
import { shorten } from './messages/format.ts'
import { type Messages, messagesIn } from './messages/messages.ts'
import { lines } from './messages/text.ts'
import type { Services } from './services.ts'
import { UserError, type UserErrorCode } from './user-error.ts'

// Whoever has asked for as many since does not look for an older one.
const REMEMBERED_JOBS = 20
const UNDELIVERED_TOLD = 'undelivered told'

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
      return command ? suggest(services, command, param, typed, from) : []
    },

    languageOf: (from) => languageFor(services, from),
    chatMoved: (platform, from, to) => services.store.chatData.move(platform, from, to, services.clock.now()),
  }
}

/** Never throws: what goes wrong is a view too. */
async function answer(services: Services, incoming: Incoming): Promise<View> {
  let call: Call | undefined
  try {
    call = callOf(services, incoming)
    const known = services.store.jobs.byEvent(eventOf(incoming))
    if (known) return showJob(services, known)
    const command = findCommand(incoming.command)
    if (!command) throw new UserError('unknown-command', { command: shorten(incoming.command, 40) })
    checkAccess(call, command)
    return withUndelivered(call, await run(call, command))
  } catch (error) {
    return refusal(services, incoming, call?.messages ?? messagesIn(services.config.language), error)
  }
}

async function run(call: Call, command: AnyCommand): Promise<View> {
  const raw = rawValues(command, call.incoming)
  try {
    return await command.run(call, checkValues(command.params, raw, labelsOf(command.name)))
  } catch (error) {
    const form = isMissing(error) ? askForWords(call, command, raw, error) : undefined
    if (!form) throw error
    return form
  }
}

/**
 * Values chosen one by one stand above flags in a text; flags are read in a prompt that came as a value, too. Its words
 * are then for no other parameter.
 */
function rawValues({ params }: AnyCommand, { text = '', values = {} }: Incoming): RawValues {
  const rest = Object.keys(params).find((name) => params[name]!.kind === 'text' && 'rest' in params[name]!)
  const { [rest ?? '']: restValue, ...others } = values
  if (rest === undefined || restValue === undefined) return { ...readText(params, text), ...others }
  return { ...readText(params, `${String(restValue)} ${text}`, [rest]), ...others }
}

function isMissing(error: unknown): error is UserError<'missing'> {
  return error instanceof UserError && error.code === 'missing'
}

function refusal({ log }: Services, incoming: Incoming, messages: Messages, error: unknown): View {
  if (error instanceof UserError) {
    // On a press it is a word on the side: the message with the button stays as it is.
    return { kind: incoming.pressed && 'notice', text: sentenceOf(messages, error), private: true }
  }
  const id = eventOf(incoming)
  log.error({ event: id, command: incoming.command, err: error }, 'a command failed')
  return { text: messages.apology(id), private: true }
}

function sentenceOf<Code extends UserErrorCode>(messages: Messages, error: UserError<Code>): Text {
  return messages.errors[error.code](error.details)
}

/** Where only its person reads the answer, it says once which pictures no chat took: they wait in the history. */
function withUndelivered({ services, person, incoming, messages }: Call, view: View): View {
  const isPrivate = view.private === true || incoming.from.direct === true
  // A notice is too short for it, a form may have no room, and a job's message is soon written over.
  if (!isPrivate || view.kind || view.form || view.job !== undefined) return view
  const { jobs, pictures, posts, settings } = services.store
  const missed = jobs
    .history({ person, limit: REMEMBERED_JOBS })
    .map(({ id }) => id)
    .filter((id) => posts.get(id)?.state === 'undeliverable')
    .filter((id) => pictures.ofJob(id).some(({ deletedAt }) => deletedAt === undefined))
  const told = settings.get(person, UNDELIVERED_TOLD)?.split(' ') ?? []
  const news = missed.filter((id) => !told.includes(String(id)))
  if (news.length === 0) return view
  settings.set(person, UNDELIVERED_TOLD, missed.join(' '))
  return { ...view, text: lines(view.text, messages.job.undelivered(news.toReversed())) }
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

/**
 * A job's pictures, and the buttons about them, come by delivery alone, which knows whether they were shown before: an
 * event may come twice.
 */
function withoutResult(view: View): View {
  if (view.job === undefined || !view.pictures) return view
  const { pictures: _, buttons: __, ...text } = view
  return { ...text, working: true }
}
