import type { Update, WebhookInfo } from '@grammyjs/types'
import { badRequest, otherPoller, type Refusal, webhookActive } from './refusal.ts'
import type { Methods, Params } from './request.ts'
import type { World } from './world.ts'

// Real Telegram begins after about a second and slows down; a test has less time.
const FIRST_REDELIVERY_MS = 20

interface Poller {
  readonly answer: (updates: readonly Update[]) => void
  readonly refuse: (refusal: Refusal) => void
  readonly timer: NodeJS.Timeout
  readonly limit: number
}

/** Updates wait here until they are confirmed: by a later offset, or by a webhook's 2xx. */
export function createUpdates(world: World) {
  let queue: Update[] = []
  let nextId = 500_001
  let allowed: readonly string[] = []
  let webhook: { readonly url: string; readonly secret: string | undefined } | undefined
  let poller: Poller | undefined
  let isClosed = false
  let lastError: Pick<WebhookInfo, 'last_error_date' | 'last_error_message'> = {}
  const deliveries: { readonly update: number; readonly status: number }[] = []

  return {
    /** Answers of the webhook, in order; 0 where it could not be reached. */
    deliveries,
    waiting: () => queue.length,
    isPolled: () => poller !== undefined,

    add(update: Omit<Update, 'update_id'>): number {
      const whole: Update = { update_id: nextId++, ...update }
      const [kind] = Object.keys(update)
      if (allowed.length > 0 && !allowed.includes(kind!)) return whole.update_id
      queue.push(whole)
      if (webhook) void deliver(whole)
      else answerPoller()
      return whole.update_id
    },
    /** Sends what was confirmed long ago once more, as Telegram does when an answer of ours got lost. */
    repeat(update: Update): void {
      queue.push(update)
      if (webhook) void deliver(update)
      else answerPoller()
    },
    /** What waits now, not confirmed. */
    peek: (): readonly Update[] => queue,
    /** The end of a connection that was held. */
    forget(gone: (updates: readonly Update[]) => void): void {
      if (poller?.answer === gone) {
        clearTimeout(poller.timer)
        poller = undefined
      }
    },
    /** Sends away whoever polls. */
    expel(refusal: Refusal): void {
      if (!poller) return
      clearTimeout(poller.timer)
      poller.refuse(refusal)
      poller = undefined
    },
    close(): void {
      isClosed = true
      if (poller) clearTimeout(poller.timer)
      poller = undefined
    },

    methods: {
      deleteWebhook() {
        webhook = undefined
        return true
      },
      setWebhook(params) {
        if (params.secret_token !== undefined && !/^[\w-]{1,256}$/.test(params.secret_token))
          throw badRequest('secret token contains unallowed characters')
        webhook = params.url ? { url: params.url, secret: params.secret_token } : undefined
        if (params.allowed_updates) allowed = params.allowed_updates
        for (const update of queue) void deliver(update)
        return true
      },
      getWebhookInfo() {
        const about = { url: webhook?.url ?? '', has_custom_certificate: false, pending_update_count: queue.length }
        return { ...about, ...lastError }
      },
    } satisfies Methods,

    /** Held until there is an update or the time is over. Of two pollers the first is sent away. */
    poll(params: Params<'getUpdates'>, answer: Poller['answer'], refuse: Poller['refuse']): void {
      if (webhook) {
        refuse(webhookActive)
        return
      }
      if (params.allowed_updates) allowed = params.allowed_updates
      const { offset = 0, limit = 100, timeout = 0 } = params
      queue = queue.filter(({ update_id }) => update_id >= offset)
      this.expel(otherPoller)
      const timer = setTimeout(() => {
        poller = undefined
        answer([])
      }, timeout * 1000)
      poller = { answer, refuse, timer, limit }
      if (queue.length > 0 || timeout === 0) answerPoller(true)
    },
  }

  function answerPoller(evenNothing = false): void {
    if (!poller || (queue.length === 0 && !evenNothing)) return
    const { answer, timer, limit } = poller
    clearTimeout(timer)
    poller = undefined
    answer(queue.slice(0, limit))
  }

  async function deliver(update: Update, pauseMs = FIRST_REDELIVERY_MS): Promise<void> {
    if (!webhook || isClosed) return
    const headers = {
      'content-type': 'application/json',
      ...(webhook.secret && { 'x-telegram-bot-api-secret-token': webhook.secret }),
    }
    const status = await fetch(webhook.url, { method: 'POST', headers, body: JSON.stringify(update) }).then(
      (response) => response.status,
      () => 0,
    )
    deliveries.push({ update: update.update_id, status })
    if (status >= 200 && status < 300) queue = queue.filter((other) => other !== update)
    else {
      const last_error_message = status ? `Wrong response from the webhook: ${status}` : 'Connection refused'
      lastError = { last_error_date: world.date(), last_error_message }
      setTimeout(() => void deliver(update, 2 * pauseMs), pauseMs).unref()
    }
    world.changed()
  }
}
