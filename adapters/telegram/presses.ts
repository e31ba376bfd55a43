import type { Api } from 'grammy'
import type { Text } from '../../src/chat.ts'
import { MAX_TOAST, renderPlain } from './render.ts'

// Longer than a glance takes: it stays until it is closed.
const GLANCE = 60

export type Press = ReturnType<typeof createPress>

/** A pressed button spins until its query is answered, which can be done once and within minutes. */
export function createPress(api: Api, queryId: string) {
  let isAnswered = false

  return {
    /** Stops the spinning, with nothing to read. Late or repeated: no matter. */
    async settle(): Promise<void> {
      await answer({})
    },
    /** Shows a short word to the one who pressed. False when Telegram no longer shows it. */
    async toast(text: Text): Promise<boolean> {
      const words = renderPlain(text, MAX_TOAST)
      return answer({ text: words, show_alert: words.length > GLANCE })
    },
  }

  async function answer(how: { readonly text?: string; readonly show_alert?: boolean }): Promise<boolean> {
    if (isAnswered) return false
    isAnswered = true
    try {
      return await api.answerCallbackQuery(queryId, how)
    } catch {
      return false
    }
  }
}
