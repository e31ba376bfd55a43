import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js'
import { ChatError, type ChatErrorCode } from '../../src/chat.ts'

/** Discord's own error codes that we act upon. */
export const Code = {
  tooLarge: 40005,
  alreadyAnswered: 40060,
  tokenExpired: 50027,
  threadArchived: 50083,
  threadLocked: 160005,
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

/** Tells the core what an error of the library means for it. */
export function faultOf(error: unknown): DiscordFault {
  if (error instanceof DiscordFault) return error
  if (error instanceof RateLimitError) {
    const retryAfterMs = Math.max(error.retryAfter, error.timeToReset, error.sublimitTimeout, 0)
    return new DiscordFault({ code: 'later', message: 'Discord limits the rate', retryAfterMs })
  }
  if (error instanceof DiscordAPIError) {
    const message = `Discord answered ${error.status}, code ${error.code}: ${error.message}`
    // A proxy before Discord refuses large files without a code.
    const discord = error.status === 413 ? Code.tooLarge : Number(error.code)
    return new DiscordFault({ code: meaningOf(error), message, discord })
  }
  if (error instanceof HTTPError) {
    return new DiscordFault({ code: 'later', message: `Discord answered ${error.status}` })
  }
  const reason = error instanceof Error ? error.name : typeof error
  return new DiscordFault({ code: 'later', message: `no answer from Discord (${reason})`, unanswered: true })
}

const GONE: readonly (number | string)[] = [Code.tokenExpired, Code.threadArchived, Code.threadLocked]

function meaningOf({ status, code }: DiscordAPIError): ChatErrorCode {
  if (GONE.includes(code)) return 'gone'
  // A bot token that Discord refuses is the owner's to mend; the results wait for it.
  if (status === 401 || status === 408 || status === 429) return 'later'
  // Missing access and permissions, closed direct messages; deleted channels and messages.
  if (status === 403 || status === 404) return 'gone'
  return 'refused'
}
