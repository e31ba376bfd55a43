import type { Api } from 'grammy'
import type { Text } from '../../src/chat.ts'
import { MAX_TOAST, renderPlain } from './render.ts'

// Longer than a glance takes: it stays until it is closed.
const GLANCE = 60

/** A pressed button spins until its query is answered, which can be done once and within minutes. */
export interface Press {
  /** Stops the spinning, with nothing to read. Late or repeated: no matter. */
  settle(): Promise<void>
  /** Shows a short word to the one who pressed. False when Telegram no longer shows it. */
  toast(text: Text): Promise<boolean>
}

export function createPress(api: Api, queryId: string): Press {
  let isAnswered = false

  return {
    async settle() {
      await answer({})
    },
    async toast(text) {
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
