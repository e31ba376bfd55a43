import { Bot, type BotConfig, type Context, type Transformer } from 'grammy'
import type { UserFromGetMe } from 'grammy/types'
import { comeOnline, type Health } from './health.ts'
import type { Inbox } from './inbox.ts'
import type { TelegramLog } from './log.ts'

// How long Telegram holds a request that finds nothing; well below the client's own limit.
const HOLD_SECONDS = 30

/** What we want to hear of. Everything else would only be thrown away. */
export const allowedUpdates = ['message', 'callback_query', 'inline_query'] as const

interface Deps {
  readonly token: string
  readonly client: BotConfig<Context>['client']
  readonly transformer: Transformer
  readonly me: UserFromGetMe
  readonly inbox: Inbox
  readonly health: Health
  readonly log: TelegramLog
  readonly stopped: AbortSignal
}

/**
 * Long polling until `stopped`. Each update is kept by the inbox before the next request confirms it; one that cannot
 * be kept ends the polling with an error, unconfirmed. A new bot each time: an old one remembers ids that it never kept.
 */
export async function poll(deps: Deps, onOnline: () => void): Promise<void> {
  const { token, client, transformer, me, inbox, health, log, stopped } = deps
  if (stopped.aborted) return
  const bot = new Bot(token, { client, botInfo: me })
  bot.api.config.use(transformer, watching(health, log, onOnline))
  bot.use((context) => inbox.take(context.update))
  bot.catch(({ error }) => {
    throw error
  })

  // The last request of `stop` confirms what was kept. It fails in an outage: then the updates come again, harmlessly.
  const { promise: left, resolve: leave } = Promise.withResolvers<void>()
  const stop = () => void bot.stop().then(leave, leave)
  stopped.addEventListener('abort', stop, { once: true })
  const onStart = () => {
    // Whether another instance is still there, only the answer to a request for updates tells.
    if (health.state !== 'other-instance') comeOnline(health, log)
  }
  try {
    const polling = bot.start({ timeout: HOLD_SECONDS, allowed_updates: allowedUpdates, onStart })
    // In an outage grammY sleeps for seconds and hears no stop.
    polling.catch(() => {})
    await Promise.race([polling, left])
  } finally {
    stopped.removeEventListener('abort', stop)
  }
}

/** grammY tries again by itself when a request for updates fails, and says nothing: this tells of it, once an outage. */
function watching(health: Health, log: TelegramLog, onOnline: () => void): Transformer {
  const lost = (reason: string) => {
    if (health.state === 'online') log.warn({ reason }, 'lost Telegram, trying again')
    health.state = 'waiting'
  }
  let isKeeping = false
  return async (previous, method, payload, signal) => {
    if (method !== 'getUpdates') return previous(method, payload, signal)
    // It asks again when all that came before is kept.
    if (isKeeping) onOnline()
    isKeeping = false
    try {
      const answer = await previous(method, payload, signal)
      if (answer.ok) {
        isKeeping = (answer.result as readonly unknown[]).length > 0
        if (!isKeeping) onOnline()
      }
      // At these it ends, and the supervisor tells.
      else if (answer.error_code !== 401 && answer.error_code !== 409) lost(answer.description)
      return answer
    } catch (error) {
      if (!signal?.aborted) lost(String(error))
      throw error
    }
  }
}
