import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js'
import { ChatError, type ChatErrorCode } from '../../src/chat.ts'

/** Discord's own error codes that we act upon. */
export const Code = {
  tooLarge: 40005,
  fileTooLarge: 50045,
  blockedByCloudflare: 40333,
  noMoreFollowUps: 40094,
  takesNoMessages: 50008,
  alreadyAnswered: 40060,
  tokenExpired: 50027,
  threadArchived: 50083,
  threadLocked: 160005,
  directsTooFast: 40003,
  sendingPaused: 40004,
  blockedByAutoMod: 200000,
} as const

interface FaultFields {
  readonly code: ChatErrorCode
  readonly message: string
  readonly retryAfterMs?: number | undefined
  readonly discord?: number | undefined
  readonly unanswered?: boolean
}

/** A `ChatError` that remembers Discord's code. It has no `cause`: the library's errors hold tokens in their URLs. */
export class DiscordFault extends ChatError {
  readonly discord: number | undefined
  /** No answer came at all: the request may have done its work. */
  readonly unanswered: boolean

  constructor(fault: FaultFields) {
    const { retryAfterMs } = fault
    super(fault.code, fault.message, retryAfterMs === undefined ? {} : { retryAfterMs })
    this.discord = fault.discord
    this.unanswered = fault.unanswered ?? false
  }
}

// What the library says where Discord, or a server in front of it, did not tell how long to wait.
const UNTOLD_MS = 100
const USUAL_WAIT_MS = 1_000
// Nor with codes that mean "slower".
const SLOWER_WAIT_MS = 60_000

// Without an address or a connection nothing was sent.
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** What an error of a request means for the core, also where no answer came. */
export function requestFaultOf(error: unknown): DiscordFault {
  // The body of an answer that could not be read is an answer, too.
  const isAnswer = error instanceof SyntaxError || error instanceof TypeError
  if (isAnswer || answered(error)) return faultOf(error)
  const { name, code } = error as { name?: unknown; code?: unknown }
  const message = `no answer from Discord (${String(code ?? name)})`
  return new DiscordFault({ code: 'later', message, unanswered: !NEVER_SENT.has(String(code)) })
}

/** What an error means for the core. */
export function faultOf(error: unknown): DiscordFault {
  const message = error instanceof Error ? error.message : String(error)
  return answered(error) ?? new DiscordFault({ code: 'later', message })
}

/** Undefined for what is no answer. */
function answered(error: unknown): DiscordFault | undefined {
  if (error instanceof DiscordFault) return error
  if (error instanceof RateLimitError) {
    const told = [error.retryAfter, error.timeToReset, error.sublimitTimeout].filter(
      (ms) => ms > UNTOLD_MS && Number.isFinite(ms),
    )
    const retryAfterMs = told.length > 0 ? Math.max(...told) : USUAL_WAIT_MS
    return new DiscordFault({ code: 'later', message: 'Discord limits the rate', retryAfterMs })
  }
  if (error instanceof DiscordAPIError) {
    // A page, which has no code.
    const isDiscord = (error.code as number | string | undefined) !== undefined
    const message = isDiscord
      ? `Discord answered ${error.status}, code ${error.code}: ${error.message}`
      : `what answered with ${error.status} is not Discord`
    // A proxy before Discord refuses large files without a code.
    const isTooLarge = error.status === 413 || error.code === Code.fileTooLarge
    const discord = isTooLarge ? Code.tooLarge : Number(error.code)
    const retryAfterMs = SLOWER.includes(error.code) ? SLOWER_WAIT_MS : undefined
    return new DiscordFault({ code: meaningOf(error), message, retryAfterMs, discord })
  }
  if (error instanceof HTTPError) {
    return new DiscordFault({ code: 'later', message: `Discord answered ${error.status}` })
  }
  return undefined
}

const GONE: readonly (number | string)[] = [
  Code.tokenExpired,
  Code.threadArchived,
  Code.threadLocked,
  Code.noMoreFollowUps,
  Code.takesNoMessages,
  // Of a server whose members brought the application along: another place may take it.
  Code.blockedByAutoMod,
]

const SLOWER: readonly (number | string)[] = [Code.directsTooFast, Code.sendingPaused]

function meaningOf({ status, code }: DiscordAPIError): ChatErrorCode {
  if (GONE.includes(code)) return 'gone'
  if (SLOWER.includes(code)) return 'later'
  // A bot token that Discord refuses is the owner's to mend; the results wait for it.
  if (status === 401 || status === 408 || status === 429) return 'later'
  // Without a code of Discord's own it is a server in front that speaks, of itself.
  if (status !== 413 && (!(Number(code) > 0) || code === Code.blockedByCloudflare)) return 'later'
  // Missing access and permissions, closed direct messages; deleted channels and messages.
  if (status === 403 || status === 404) return 'gone'
  return 'refused'
}
