import { GrammyError, HttpError } from 'grammy'
import { ChatError } from '../../src/chat.ts'
import { NEVER_SENT } from './connection.ts'
import type { FailedRequest } from './redact.ts'

/** `new`: sent twice it is there twice. `change`: an edit, which may be repeated. */
export type Effect = 'new' | 'change'

/** What a failed call means, so that each kind is handled as the platform means it. */
export type Refusal =
  /** Shows it already: success. */
  | { readonly kind: 'unchanged' }
  /** The group became a supergroup with another id. */
  | { readonly kind: 'moved' }
  | { readonly kind: 'flood'; readonly retryAfterMs: number }
  /** The topic is gone; its group is not. */
  | { readonly kind: 'topic-gone' }
  /** The message to answer is gone, and Telegram would do without it everywhere but in a topic. */
  | { readonly kind: 'asked-gone' }
  /** A picture's message takes no text, and a text's no picture on a server of one's own that is old. */
  | { readonly kind: 'unfit' }
  /** A file id of ours is not good any more, or a picture is not one for Telegram. */
  | { readonly kind: 'bad-file' }
  | { readonly kind: 'final'; readonly error: ChatError }

const DEFAULT_RETRY_MS = 3000

const GONE =
  /message to edit not found|message can't be edited|MESSAGE_ID_INVALID|message to delete not found|chat not found|user not found|PEER_ID_INVALID|group chat was deactivated|group is deactivated|TOPIC_CLOSED|CHAT_WRITE_FORBIDDEN|CHANNEL_PRIVATE|have no rights to send a message|not enough rights to send text messages/i

export function understand(error: unknown, effect: Effect): Refusal {
  if (error instanceof ChatError) return { kind: 'final', error }
  if (error instanceof GrammyError) return understandAnswer(error)
  if (error instanceof HttpError) return { kind: 'final', error: understandSilence(error, effect) }
  throw error
}

function understandAnswer({ method, error_code, description, parameters }: GrammyError): Refusal {
  const final = (code: ChatError['code']): Refusal => ({
    kind: 'final',
    error: new ChatError(code, `${method}: ${error_code} ${description}`),
  })
  if (parameters.migrate_to_chat_id !== undefined) return { kind: 'moved' }
  if (error_code === 429) {
    const seconds = parameters.retry_after
    return { kind: 'flood', retryAfterMs: seconds === undefined ? DEFAULT_RETRY_MS : seconds * 1000 }
  }
  // JSON of a server in front: Telegram's own always has a code.
  if (error_code === undefined) return final('later')
  // The token or the server is at fault, not this message; the supervisor raises the alarm.
  if (error_code === 401 || error_code === 404 || error_code >= 500) return final('later')
  // Pictures or files are not allowed there: words are.
  if (/CHAT_SEND_\w+_FORBIDDEN/.test(description)) return final('refused')
  if (error_code === 403) return final('gone')
  if (/message is not modified/i.test(description)) return { kind: 'unchanged' }
  if (/message thread not found|TOPIC_DELETED/i.test(description)) return { kind: 'topic-gone' }
  if (/(message to be replied|repl(y|ied) message) not found/i.test(description)) return { kind: 'asked-gone' }
  if (/there is no (text|media) in the message to edit/i.test(description)) return { kind: 'unfit' }
  if (/(wrong|invalid) (remote )?file|file_id|PHOTO_\w*INVALID|IMAGE_PROCESS_FAILED/i.test(description))
    return { kind: 'bad-file' }
  return final(GONE.test(description) ? 'gone' : 'refused')
}

function understandSilence(error: HttpError, effect: Effect): ChatError {
  const { code, reason } = error.error as FailedRequest
  // What is not JSON is a server's in front, which says with it that it could not pass the request on.
  const mayHaveArrived = code !== 'invalid-json' && !reason.includes(NEVER_SENT)
  return new ChatError(effect === 'new' && mayHaveArrived ? 'doubtful' : 'later', error.message)
}
