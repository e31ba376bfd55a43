/**
 * The port to a chat platform. Plain data and two functions: everything the core wants of a platform is `post` and
 * `update`, everything a platform wants of the core is in `Core`, which dispatch.ts makes.
 */

import type { Language } from './messages/language.ts'

/** A JSON value: what may be stored with a job and read back after a restart. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * Where an answer belongs. Stored with the job, so that a result finds its chat after a restart. `chat` names the
 * channel or conversation for limits and rules; `route` is the adapter's own and opaque to everyone else.
 */
export interface Address {
  readonly platform: string
  readonly chat: string
  readonly route: Json
}

/** A message that was posted: enough to change it later, also after a restart. Opaque to the core. */
export interface MessageRef {
  readonly platform: string
  readonly ref: Json
}

export interface Chat {
  readonly platform: string
  /** Shortest time between two edits of one message at this address. The last view is never held back by it for long. */
  paceMs(address: Address): number
  /**
   * Posts a new message. `key` names the post: where the platform can tell, the same key twice is the same message.
   * Rejects with a `ChatError`.
   */
  post(address: Address, view: View, key: string): Promise<MessageRef>
  /** Makes the message show `view`. Equal to what it shows already: success. Rejects with a `ChatError`. */
  update(ref: MessageRef, view: View): Promise<void>
}

/** Text with meaning but without markup: a platform renders it so that what a person typed stays inert. */
export type Text = readonly Span[]
export type Span =
  | string
  | { readonly kind: 'strong'; readonly text: string }
  /** What a person typed: shown as typed, pings nobody, is never markup. */
  | { readonly kind: 'typed'; readonly text: string }
  /** Short, to be copied with one tap: a seed, a code. */
  | { readonly kind: 'code'; readonly text: string }
  /** A moment. `text` is for platforms without live times. */
  | { readonly kind: 'time'; readonly at: number; readonly text: string }

/** At most `length` UTF-16 units, which platforms count, ending in `…` where something is missing; no character is cut in two. */
export function clip(text: string, length: number): string {
  if (text.length <= length) return text
  if (length < 1) return ''
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/u, '')}…`
}

/** What a person should see. Never a call to a platform. */
export interface View {
  /**
   * A message of its own, but for these: `notice` is a short private word about a press or command (a toast where the
   * platform has one); `replace` takes the place of the message whose button was pressed.
   */
  readonly kind?: 'notice' | 'replace'
  readonly text: Text
  readonly pictures?: readonly ViewPicture[]
  readonly files?: readonly ViewFile[]
  readonly buttons?: readonly (readonly Button[])[]
  /** Only for the person who asked, where the platform can. */
  readonly private?: boolean
  /** Nothing that others may hear: it goes to the person alone, or is not said. */
  readonly secret?: boolean
  /** No message but a question: values are asked for, in the words of `text` where a form has no title. */
  readonly form?: Form
  /** Not the end yet: a newer view will follow. */
  readonly working?: boolean
  /** An engine is at it now: a platform may show for as long that it works ("typing…"). */
  readonly computing?: boolean
  /** The job whose message this is: dispatch keeps the reference that `respond` gives, and delivery updates it. */
  readonly job?: number
}

/** Whether files are sent to show it, pictures among them. */
export function hasFiles({ pictures = [], files = [] }: View): boolean {
  return pictures.length + files.length > 0
}

export interface ViewPicture {
  /** A PNG below the data folder. */
  readonly path: string
  readonly name: string
  readonly widthPx: number
  readonly heightPx: number
  /** Draws it again. */
  readonly seed?: number
  /** For people who cannot see it. */
  readonly alt: string
  readonly spoiler?: boolean
  /** The next picture takes its path: what was sent is not sent again from memory. */
  readonly passing?: boolean
}

export interface ViewFile {
  readonly name: string
  readonly mime: string
  readonly content: Uint8Array
}

/** A press comes back as `dispatch` of `id`: the command, a colon and its arguments as text, at most 64 bytes. */
export interface Button {
  readonly id: string
  readonly label: string
  /** Plain without one. */
  readonly style?: 'primary' | 'danger'
}

/** Values to ask for, prefilled. What is filled in comes back as `dispatch` of `id` with the fields as arguments. */
export interface Form {
  readonly id: string
  readonly title: string
  readonly fields: readonly FormField[]
}

interface FormField {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly required: boolean
  readonly maxLength: number
}

/** What the id of a button or form says: `again:12` is the command `again` with the text `12`. */
export function idParts(id: string): { readonly command: string; readonly text: string } {
  const colon = id.indexOf(':')
  return colon < 0 ? { command: id, text: '' } : { command: id.slice(0, colon), text: id.slice(colon + 1) }
}

/** What somebody did on a platform: typed a command, pressed a button, filled a form. */
export interface Incoming {
  /** Unique per platform event: the same event twice is one job, answered as before. */
  readonly key: string
  /** A command's name, or the part of a button's or form's id before the colon. */
  readonly command: string
  /** Text to parse (`a fox --ar 16:9`, the part of an id after the colon), values by parameter name, or both. */
  readonly text?: string
  readonly values?: Readonly<Record<string, string | number | boolean>>
  readonly from: Sender
  readonly address: Address
  /** The message a button sits on, where there is one. */
  readonly pressed?: MessageRef
  /**
   * Fetches the picture that a command points at (`/show`, "Reproduce this"). The core says when: it may be large. Without
   * it nothing was pointed at. Never rejects.
   */
  readonly attachment?: () => Promise<Attachment>
}

/** A picture's bytes, or why there are none: the message has no picture, or the platform did not hand it out. */
export type Attachment = Uint8Array | 'no-picture' | 'picture-not-fetched'

export interface Sender {
  readonly platform: string
  readonly id: string
  readonly name: string
  /** The platform's language tag, such as `en-GB`. */
  readonly locale?: string
  /** Role ids, for quota rules. */
  readonly roles?: readonly string[]
  /** Whether the platform gives this person the right to look after this chat. */
  readonly moderator?: boolean
  /** Whether the chat is a private conversation with the bot. */
  readonly direct?: boolean
  /** Whether the platform marks the chat as one for adults. */
  readonly ageRestricted?: boolean
}

/**
 * Shows the answer to one incoming event. Called exactly once; its promise is the message that now shows the view
 * (undefined for a notice or a form, which cannot be changed later).
 */
export type Respond = (view: View) => Promise<MessageRef | undefined>

/** What an adapter is given: the only door into the core. */
export interface Core {
  /** Never rejects: whatever happens, `respond` is called with a view. Resolves when that has been shown. */
  dispatch(incoming: Incoming, respond: Respond): Promise<void>
  /** Suggestions while typing a parameter's value, at most 25. */
  complete(command: string, param: string, typed: string, from: Sender): readonly Suggestion[]
  /** What this person reads: the language they chose, else the platform's, else the configured one. */
  languageOf(from: Pick<Sender, 'platform' | 'id' | 'locale'>): Language
  /** A chat has another id from now on: what is kept of it goes there. What is there already stays. */
  chatMoved(platform: string, from: string, to: string): void
}

export interface Suggestion {
  readonly label: string
  readonly value: string
}

/** A platform as `main.ts` runs it. */
export interface Platform {
  readonly chat: Chat
  /** Begins to connect, and does so again by itself: an outage keeps nothing else waiting. */
  start(core: Core): void
  /** The house takes nothing new from now on: what still comes is kept for the next start, or told that it is coming. */
  close(): void
  /** Takes in nothing more, waits a little for the answers under way, and disconnects for good. */
  stop(): Promise<void>
  health(): { readonly ok: boolean; readonly detail: string }
}

export type ChatErrorCode =
  /** The message, chat or token is gone for good, or the bot is blocked. Post elsewhere or give up. */
  | 'gone'
  /** Not now: network, 5xx, rate limit. Try again, after `retryAfterMs` where given. */
  | 'later'
  /** Sent, but the answer was lost: it may have arrived. Not to be repeated blindly. */
  | 'doubtful'
  /** The platform will never take this view. */
  | 'refused'

export class ChatError extends Error {
  override readonly name = 'ChatError'
  readonly code: ChatErrorCode
  readonly retryAfterMs: number | undefined

  constructor(code: ChatErrorCode, message: string, options: ErrorOptions & { readonly retryAfterMs?: number } = {}) {
    super(message, options)
    this.code = code
    this.retryAfterMs = options.retryAfterMs
  }
}
