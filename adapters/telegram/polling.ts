import { Bot, type BotConfig, type Context, type Transformer } from 'grammy'
import type { UserFromGetMe } from 'grammy/types'
import type { HealthKeeper } from './health.ts'
import type { Intake } from './intake.ts'

// How long Telegram holds a request that finds nothing; well below the client's own limit.
const HOLD_SECONDS = 30

/** What we want to hear of. Everything else would only be thrown away. */
export const allowedUpdates = ['message', 'callback_query', 'inline_query'] as const

interface Deps {
  readonly token: string
  readonly client: BotConfig<Context>['client']
  readonly transformer: Transformer
  readonly me: UserFromGetMe
  readonly intake: Intake
  readonly health: HealthKeeper
  readonly stopped: AbortSignal
}

/**
 * Long polling until `stopped`. Each update is kept by the intake before the next request confirms it; one that cannot
 * be kept ends the polling with an error, unconfirmed. A new bot each time: an old one remembers ids that it never kept.
 */
export async function poll(deps: Deps, onOnline: () => void): Promise<void> {
  const { token, client, transformer, me, intake, health, stopped } = deps
  if (stopped.aborted) return
  const bot = new Bot(token, { client, botInfo: me })
  bot.api.config.use(transformer, async (previous, method, payload, signal) => {
    const answer = await previous(method, payload, signal)
    if (method === 'getUpdates' && answer.ok) health.contact()
    return answer
  })
  bot.use((context) => intake.take(context.update))
  bot.catch(({ error }) => {
    throw error
  })

  // The last request of `stop` confirms what was kept. It fails in an outage: then the updates come again, harmlessly.
  let lastRequest: Promise<void> = Promise.resolve()
  const stop = () => {
    lastRequest = bot.stop().catch(() => {})
  }
  stopped.addEventListener('abort', stop, { once: true })
  try {
    await bot.start({ timeout: HOLD_SECONDS, allowed_updates: allowedUpdates, onStart: onOnline })
    await lastRequest
  } finally {
    stopped.removeEventListener('abort', stop)
  }
}
