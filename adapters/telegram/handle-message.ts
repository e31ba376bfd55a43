import type { Message, Update } from 'grammy/types'
import { type Attachment, ChatError, type Incoming, idParts, type View } from '../../src/chat.ts'
import { type Answer, createAnswer } from './answer.ts'
import { type Ask, answered } from './asks.ts'
import type { HandlerDeps } from './handler-deps.ts'
import { type Meaning, ownPicture, pictureIn, pointsAtSomething, readMessage } from './read-message.ts'
import { addressOf, routeBack } from './route.ts'
import { accountOf } from './senders.ts'
import { sentencesFor } from './words.ts'

type PersonMessage = Message & Update.NonChannel
type Asked = Extract<Meaning, { readonly kind: 'command' | 'prompt' | 'answer' }>

/** What somebody wrote becomes a dispatch, and the view that comes back a message. */
export async function handleMessage(deps: HandlerDeps, updateId: number, message: PersonMessage): Promise<void> {
  const account = accountOf(message.from, message.sender_chat).id
  const ask = deps.asks.open(message.chat.id, account)
  const meaning = readMessage(message, { me: deps.me, commands: deps.commands, ask })

  if (meaning.kind === 'nothing' || isRestOfAlbum(deps, message)) return
  const sentences = sentencesFor(deps, message.from, message.sender_chat)
  const key = `telegram:${updateId}`
  const route = routeBack(message, message.from.id)
  const answer = createAnswer(deps, { key, route, account, sentences })
  switch (meaning.kind) {
    case 'moved':
      return deps.moves.remember(meaning.from, meaning.to)
    case 'added': {
      const example = `/imagine@${deps.me.username} ${sentences.example}`
      await say(deps, answer, { text: [sentences.hello, '\n', { kind: 'code', text: example }] })
      return answer.assertNotCutOff()
    }
    case 'photo':
      await say(deps, answer, { text: [sentences.wordsOnly], private: true })
      return answer.assertNotCutOff()
    case 'command':
    case 'prompt':
    case 'answer': {
      deps.mentions.meet(message.from)
      if (message.chat.type === 'group') deps.moves.watch(message.chat.id)
      const from = await deps.senders.of(message.from, message)
      // Followed last: what was asked about the sender may have told of the move.
      const address = addressOf(deps.moves.follow(route))
      const isOnPicture = pointsAtPicture(deps, message, meaning, ask)
      const attachment = isOnPicture ? () => fetchPicture(deps, message, answer) : undefined
      await deps.core.dispatch({ key, ...saidIn(deps, message, meaning), from, address, attachment }, answer.respond)
      answer.assertNotCutOff()
      // A command is a change of mind, and no question is answered twice.
      if (ask && meaning.kind !== 'prompt') deps.asks.close(message.chat.id, account, ask)
      return
    }
    default:
      meaning satisfies never
  }
}

function saidIn(
  deps: HandlerDeps,
  message: PersonMessage,
  meaning: Asked,
): Pick<Incoming, 'command' | 'text' | 'values'> {
  switch (meaning.kind) {
    case 'answer':
      return answered(meaning.ask, meaning.text)
    case 'prompt':
      return { command: 'imagine', text: meaning.text }
    case 'command':
      return { command: meaning.name, text: textOf(deps, message, meaning) }
    default:
      return meaning satisfies never
  }
}

function textOf(deps: HandlerDeps, message: PersonMessage, meaning: Extract<Asked, { kind: 'command' }>): string {
  const command = deps.commands.find(({ name }) => name === meaning.name)
  if (!command) return meaning.text
  if (command.access !== 'everyone') return deps.mentions.withIds(meaning.text, message)
  // Those that look at pictures look at the one that is answered.
  const isAboutJob = !command.onPicture && command.params.some(({ name }) => name === 'job')
  return meaning.text === '' && isAboutJob ? jobAnswered(deps, message) : meaning.text
}

/** The job of a message of ours that is answered: the one that its buttons are about. */
function jobAnswered({ me }: HandlerDeps, { reply_to_message: answered }: PersonMessage): string {
  const buttons = answered?.from?.id === me.id ? (answered.reply_markup?.inline_keyboard.flat() ?? []) : []
  const texts = buttons.map((button) => ('callback_data' in button ? idParts(button.callback_data).text : ''))
  const [job = '', ...others] = new Set(texts.filter((text) => /^\d+$/.test(text)))
  return others.length === 0 ? job : ''
}

/** Whether a command that looks at pictures was sent with one, or answers something. */
function pointsAtPicture(
  { commands }: HandlerDeps,
  message: PersonMessage,
  meaning: Asked,
  ask: Ask | undefined,
): boolean {
  if (meaning.kind !== 'command') return false
  if (!commands.some(({ name, onPicture }) => name === meaning.name && onPicture)) return false
  // Telegram's apps answer an open question with whatever is typed next.
  const isOnQuestion = ask !== undefined && message.reply_to_message?.message_id === ask.message
  return pictureIn(message) !== undefined || (pointsAtSomething(message) && !isOnQuestion)
}

/** The picture that a message was sent with, or that it answers. */
async function fetchPicture(deps: HandlerDeps, message: PersonMessage, answer: Answer): Promise<Attachment> {
  const original = await originalOf(deps, message)
  if (original) return original
  const file = pictureIn(message)
  if (!file) return 'no-picture'
  try {
    return await deps.download(file)
  } catch (error) {
    // The next start fetches it.
    if (deps.stopped.aborted) answer.cutOffBy(error)
    else deps.log.warn({ error: String(error) }, 'a picture could not be fetched from Telegram')
    return 'picture-not-fetched'
  }
}

/** Telegram compresses photos: in answer to one of ours, what was drawn is known by the file itself alone. */
async function originalOf({ me, originals }: HandlerDeps, message: PersonMessage): Promise<Uint8Array | undefined> {
  const { chat, reply_to_message: answered } = message
  if (ownPicture(message) || answered?.from?.id !== me.id) return undefined
  const [file] = await originals.read({ chat: chat.id, message: answered.message_id })
  return file?.content
}

/** The pictures of an album are messages of their own: the first, which has the words, speaks for all. */
function isRestOfAlbum({ memory }: HandlerDeps, message: PersonMessage): boolean {
  const { media_group_id: album, message_id, chat, from } = message
  if (album === undefined) return false
  const name = `album-from:${chat.id}:${from.id}`
  const known = memory.recall(name) as { readonly album: string; readonly first: number } | undefined
  if (known?.album === album) return known.first !== message_id
  memory.note(name, { album, first: message_id }, { account: String(from.id), at: message.date * 1000 })
  return false
}

/** A word of our own. */
async function say({ log }: HandlerDeps, { respond }: Answer, view: View): Promise<void> {
  try {
    await respond(view)
  } catch (error) {
    if (!(error instanceof ChatError)) throw error
    log.warn({ error: error.message }, 'a word could not be sent')
  }
}
