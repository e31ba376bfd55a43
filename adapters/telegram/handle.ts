import type { Update } from 'grammy/types'
import { handleMessage } from './handle-message.ts'
import { handlePress } from './handle-press.ts'
import type { HandlerDeps } from './handler-deps.ts'
import { answerInline } from './inline.ts'

/** Rejects where a stop cut the answer off. */
export async function handleUpdate(deps: HandlerDeps, update: Update): Promise<void> {
  const { update_id, message, callback_query, inline_query } = update
  if (message) return handleMessage(deps, update_id, message)
  if (callback_query) return handlePress(deps, update_id, callback_query)
  if (inline_query) {
    try {
      await answerInline(deps, inline_query)
    } catch (error) {
      // They expire within seconds; the next letter asks again.
      deps.log.warn({ error: String(error) }, 'an inline query stays unanswered')
    }
  }
}
