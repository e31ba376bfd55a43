import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Update } from 'grammy/types'
import type { Inbox } from './inbox.ts'
import type { TelegramLog } from './log.ts'

// An update with every field full is some tens of kilobytes.
const MAX_BODY_BYTES = 1_000_000
// For all of a call. Of its two limits Node takes the shorter one for the head alone, and looks twice a minute.
const CALL_TIMEOUT_MS = 10_000
const LIMITS = { requestTimeout: CALL_TIMEOUT_MS, headersTimeout: CALL_TIMEOUT_MS }

export interface WebhookOptions {
  /** Where Telegram sends updates: the outside of the proxy that ends TLS. */
  readonly url: string
  /** Telegram repeats it in a header; 1 to 256 of `A-Za-z0-9_-`. */
  readonly secret: string
  /** Where we listen, on this machine only: the inside of that proxy. */
  readonly port: number
}

interface Deps {
  readonly inbox: Inbox
  readonly log: TelegramLog
}

/**
 * Keeps each update and answers 200 at once. What cannot be kept is answered with 500, and Telegram sends it again; what
 * does not know the secret learns nothing.
 */
export function createWebhook({ url, secret }: WebhookOptions, { inbox, log }: Deps): Server {
  const { pathname, search } = new URL(url)
  const wanted = digest(secret)

  return createServer(LIMITS, async (request, response) => {
    const answer = (status: number) => {
      response.writeHead(status, { connection: status === 200 ? 'keep-alive' : 'close' }).end()
    }
    if (request.method !== 'POST' || request.url !== pathname + search) return answer(404)
    const offered = request.headers['x-telegram-bot-api-secret-token']
    if (typeof offered !== 'string' || !timingSafeEqual(digest(offered), wanted)) {
      log.warn({ from: request.socket.remoteAddress }, 'a webhook call without the secret')
      return answer(401)
    }
    const body = await readBody(request).catch(() => undefined)
    if (body === undefined) return answer(413)
    const update = asUpdate(body)
    if (!update) return answer(400)
    try {
      await inbox.take(update)
    } catch (error) {
      log.error({ update: update.update_id, error: String(error) }, 'an update could not be kept')
      return answer(500)
    }
    answer(200)
  })
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > MAX_BODY_BYTES) throw new Error(`expected at most ${MAX_BODY_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function asUpdate(body: string): Update | undefined {
  try {
    const update = JSON.parse(body)
    return Number.isSafeInteger(update?.update_id) ? update : undefined
  } catch {
    return undefined
  }
}

/** Equal lengths for the comparison in constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
