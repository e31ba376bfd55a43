import { randomUUID } from 'node:crypto'
import type { InlineQueryResult, User } from '@grammyjs/types'
import { badRequest } from './refusal.ts'
import type { Methods, Params } from './request.ts'
import type { World } from './world.ts'

// How long Telegram waits for the answer to a press.
const LIFETIME_MS = 150_000
const MAX_TOAST = 200
const MAX_RESULTS = 50

const tooOld = badRequest('query is too old and response timeout expired or query ID is invalid')

interface InlineAnswer {
  readonly results: readonly InlineQueryResult[]
  readonly params: Params<'answerInlineQuery'>
}

/** Presses and inline queries: each is answered once, and in time. */
export function createQueries(world: World, now: () => number) {
  const presses = new Map<string, { readonly person: number; readonly at: number; isAnswered: boolean }>()
  const inline = new Map<string, (answer: InlineAnswer) => void>()

  return {
    open(user: User): string {
      const id = randomUUID()
      presses.set(id, { person: user.id, at: now(), isAnswered: false })
      return id
    },
    isAnswered: (id: string) => presses.get(id)?.isAnswered === true,
    openInline(): { id: string; answer: Promise<InlineAnswer> } {
      const id = randomUUID()
      return { id, answer: new Promise((resolve) => inline.set(id, resolve)) }
    },

    methods: {
      answerCallbackQuery(params) {
        const press = presses.get(params.callback_query_id)
        if (!press || press.isAnswered || now() - press.at > LIFETIME_MS) throw tooOld
        if ([...(params.text ?? '')].length > MAX_TOAST) throw badRequest('MESSAGE_TOO_LONG')
        press.isAnswered = true
        const changed = world.changed()
        if (params.text) {
          world.toasts.push({ person: press.person, text: params.text, alert: params.show_alert === true, changed })
        }
        return true
      },

      answerInlineQuery(params) {
        const resolve = inline.get(params.inline_query_id)
        if (!resolve) throw tooOld
        const { results } = params
        if (results.length > MAX_RESULTS) throw badRequest('RESULTS_TOO_MUCH')
        if (new Set(results.map(({ id }) => id)).size < results.length) throw badRequest('RESULT_ID_DUPLICATE')
        for (const result of results) {
          if (Buffer.byteLength(result.id) > 64 || result.id === '') throw badRequest('RESULT_ID_INVALID')
          if ('photo_file_id' in result && !world.files.has(result.photo_file_id))
            throw badRequest('wrong file identifier/HTTP URL specified')
        }
        inline.delete(params.inline_query_id)
        resolve({ results, params })
        return true
      },
    } satisfies Methods,
  }
}
