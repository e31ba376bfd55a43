import { type Api, GrammyError } from 'grammy'
import { ChatError, type View } from '../../src/chat.ts'
import type { Call } from './call.ts'
import type { TelegramClock } from './clock.ts'
import { understand } from './refusals.ts'
import { type Posted, placement, type Route } from './route.ts'
import { textOf } from './view-parts.ts'

// Whom Telegram takes no whisper for is tried again after this long.
const ASK_AGAIN_MS = 3_600_000

export type Whispers = ReturnType<typeof createWhispers>

interface Deps {
  readonly api: Api
  readonly call: Call
  readonly clock: TelegramClock
  /** Whether we administer a group. Asked first: a whisper that is refused takes an answer's place in the group's minute. */
  readonly isAdministrator: (chat: number) => Promise<boolean>
}

/**
 * Short words in a group that one person alone sees ("ephemeral" to Telegram). Only a bot that is an administrator may send
 * them, and only into groups; everywhere else the answer is an ordinary message.
 */
export function createWhispers({ api, call, clock, isAdministrator }: Deps) {
  const refusedUntil = new Map<string, number>()
  /** Whether the server can; undefined until it was asked to. */
  let canWhisper: boolean | undefined

  return {
    /**
     * Undefined where Telegram does not take it: in this group, or for this person. A server of one's own that is too old
     * passes over the wish, and everybody reads the words: a secret is not tried before one has whispered.
     */
    async post(route: Route, view: View): Promise<Posted | undefined> {
      const { person } = route
      const name = `${route.chat}:${person}`
      if (person === undefined || canWhisper === false || (refusedUntil.get(name) ?? 0) > clock.now()) return undefined
      if (view.secret && !canWhisper) return undefined
      if (!(await isAdministrator(route.chat))) return undefined
      const { text, other } = textOf(view)
      const outcome = await call(route, { effect: 'new', lane: 'answer' }, async (to) => {
        const whisper = { ephemeral_message_parameters: { receiver_user_id: person } }
        try {
          // In answer to nothing: Telegram refuses a whisper that answers a message which was deleted meanwhile.
          const place = placement({ ...to, reply: undefined })
          return await api.sendMessage(to.chat, text, { ...other, ...whisper, ...place })
        } catch (error) {
          const isRefused = error instanceof GrammyError && error.error_code === 400
          if (isRefused && understand(error, 'new').kind === 'final') return undefined
          throw error
        }
      })
      if (outcome.kind !== 'done' || !outcome.value) {
        refusedUntil.set(name, clock.now() + ASK_AGAIN_MS)
        return undefined
      }
      const { message_id, ephemeral_message_id } = outcome.value
      canWhisper = ephemeral_message_id !== undefined
      const posted = { ...outcome.route, reply: undefined, message: ephemeral_message_id ?? message_id }
      return ephemeral_message_id === undefined ? posted : { ...posted, ephemeral: true }
    },

    async update(posted: Posted, view: View): Promise<void> {
      const { person } = posted
      if (person === undefined) throw new ChatError('gone', 'a whisper to nobody')
      const lane = view.working ? 'progress' : 'answer'
      const { text, other } = textOf(view)
      await call(posted, { effect: 'change', lane }, ({ chat, message }) =>
        api.editEphemeralMessageText(chat, person, message, text, other),
      )
    },
  }
}
