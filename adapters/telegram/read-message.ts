import type { Message, Update, User } from 'grammy/types'
import type { CommandInfo } from '../../src/commands/command.ts'
import type { Ask } from './asks.ts'
import { isGroup } from './route.ts'

/** What a message means to us. */
export type Meaning =
  | { readonly kind: 'command'; readonly name: string; readonly text: string }
  /** Plain words: a prompt. */
  | { readonly kind: 'prompt'; readonly text: string }
  /** The answer to a question that we asked. */
  | { readonly kind: 'answer'; readonly ask: Ask; readonly text: string }
  /** A photo or another file, with words under it or, in a private chat, without, that no command takes. */
  | { readonly kind: 'photo' }
  | { readonly kind: 'moved'; readonly from: number; readonly to: number }
  /** Somebody brought us into the group. */
  | { readonly kind: 'added' }
  /** Said to others, by another bot, or nothing that can be read. */
  | { readonly kind: 'nothing' }

interface Known {
  readonly me: Pick<User, 'id' | 'username'>
  readonly commands: readonly CommandInfo[]
  /** The question that this person has not answered yet. */
  readonly ask: Ask | undefined
}

// Somebody who speaks as the group or as a channel: Telegram puts these in the place of the person.
const ANONYMOUS = new Set([1087968824, 136817688])

// What Telegram shows as a command is one: Chinese is written without spaces, and a question ends in a question mark.
const COMMAND = /^\/([a-z0-9_]{1,32})(?:@([a-z0-9_]+))?(?=\p{Script=Han}|[^\p{L}\p{N}_@/<>]|$)[:：,，.。!！?？]*\s*/iu
const nothing: Meaning = { kind: 'nothing' }

export function readMessage(message: Message & Update.NonChannel, known: Known): Meaning {
  const { chat, migrate_to_chat_id: to, migrate_from_chat_id: from } = message
  if (to !== undefined) return { kind: 'moved', from: chat.id, to }
  if (from !== undefined) return { kind: 'moved', from, to: chat.id }
  if (message.from.is_bot && !ANONYMOUS.has(message.from.id)) return nothing
  if (message.group_chat_created || message.new_chat_members?.some(({ id }) => id === known.me.id))
    return { kind: 'added' }
  // A picture of ours, chosen in inline mode to be shown here; and what was said in the channel that the group belongs to.
  if (message.via_bot?.id === known.me.id || message.is_automatic_forward) return nothing
  const group = isGroup(chat.id)
  // What others wrote, be it another bot in inline mode, is shown to the group: a command in it was given by nobody there.
  if (group && (message.forward_origin || message.via_bot)) return nothing
  const text = (message.text ?? message.caption ?? '').trim()
  // Words under a video, a song or a document are about that.
  const hasFile = ownPicture(message) !== undefined || message.caption !== undefined || (!group && isFile(message))

  const words = withoutMention(text, known.me.username)
  const typed = words ?? text
  const command = COMMAND.exec(inLatin(/^[/／]/u.test(typed) ? typed : text, known.commands))
  if (command) {
    const meaning = readCommand(command, group, known)
    const isDrawn = meaning.kind === 'command' && meaning.name === 'imagine' && hasFile
    return isDrawn ? { kind: 'photo' } : meaning
  }

  const toUs = !group || words !== undefined || message.reply_to_message?.from?.id === known.me.id
  if (!toUs) return nothing
  if (hasFile) return { kind: 'photo' }
  if (!text) return nothing
  const ask = !group || message.reply_to_message?.message_id === known.ask?.message ? known.ask : undefined
  return ask ? { kind: 'answer', ask, text: typed } : { kind: 'prompt', text: typed }
}

/**
 * The picture of a message, or of the message it answers, be it in another chat: an original sent as a file before a
 * compressed photo.
 */
export function pictureIn(message: Message): string | undefined {
  const answered = message.external_reply ?? message.reply_to_message
  return ownPicture(message) ?? (answered && ownPicture(answered))
}

/**
 * Whether a message is about another one that its sender chose, or came with something. In a topic and under a channel's
 * post every message answers the first one.
 */
export function pointsAtSomething({ caption, reply_to_message: answered, external_reply }: Message): boolean {
  if (caption !== undefined || external_reply) return true
  return answered !== undefined && !answered.forum_topic_created && !answered.is_automatic_forward
}

export function ownPicture({ document, photo }: Pick<Message, 'document' | 'photo'>): string | undefined {
  return document?.mime_type?.startsWith('image/') ? document.file_id : photo?.at(-1)?.file_id
}

/**
 * A command by its Chinese name, or with a Chinese keyboard's wide slash, as one by the name that Telegram has for it: people
 * bring them along from Discord.
 */
function inLatin(written: string, commands: readonly CommandInfo[]): string {
  const text = written.replace(/^／/u, '/')
  const [longest] = commands
    .filter(({ label }) => text.startsWith(`/${label.zh}`))
    .toSorted((a, b) => b.label.zh.length - a.label.zh.length)
  const rest = longest && text.slice(1 + longest.label.zh.length)
  return rest === undefined || /^[a-z0-9_]/i.test(rest) ? text : `/${longest!.name}${rest}`
}

function isFile({ document, video, animation, audio, voice, video_note }: Message): boolean {
  return [document, video, animation, audio, voice, video_note].some((file) => file !== undefined)
}

function readCommand(match: RegExpExecArray, group: boolean, { me, commands }: Known): Meaning {
  const [whole, typed, bot] = match
  if (bot && bot.toLowerCase() !== me.username?.toLowerCase()) return nothing
  const name = typed!.toLowerCase()
  const known = commands.some((command) => command.name === name)
  // `/start` is how every private chat begins.
  if (name === 'start') return { kind: 'command', name: 'help', text: '' }
  // In a group an unknown command without a name is another bot's.
  if (group && !bot && !known) return nothing
  return { kind: 'command', name, text: match.input.slice(whole.length) }
}

/** The words around `@us`; undefined where we are not mentioned. */
function withoutMention(text: string, username: string | undefined): string | undefined {
  if (!username) return undefined
  const mention = new RegExp(`(?<![\\w@])@${username}(?!\\w)[,:，：]?`, 'giu')
  return mention.test(text) ? text.replace(mention, ' ').replace(/\s+/g, ' ').trim() : undefined
}
