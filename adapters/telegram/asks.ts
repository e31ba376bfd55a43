import type { Api } from 'grammy'
import type { MessageEntity } from 'grammy/types'
import { clip, type Form, type Incoming, idParts, type View } from '../../src/chat.ts'
import type { Call } from './call.ts'
import type { TelegramMemory } from './memory.ts'
import { MAX_TEXT, render } from './render.ts'
import { isGroup, placement, type Route } from './route.ts'
import type { TelegramSentences } from './words.ts'

// Telegram: the grey words in the box that is typed into.
const MAX_PLACEHOLDER = 64

/**
 * A form on Telegram is one question: the next message is its first field, the others keep the values they had. A type and not
 * an interface, so that it is JSON.
 */
export type Ask = {
  /** The form's id: what is dispatched. */
  readonly id: string
  readonly field: string
  readonly values: Readonly<Record<string, string>>
  /** The message that asks. */
  readonly message: number
}

export type Asks = ReturnType<typeof createAsks>

export function createAsks({ api, call, memory }: { api: Api; call: Call; memory: TelegramMemory }) {
  const name = (chat: number, account: string) => `ask:${chat}:${account}`

  return {
    async ask(route: Route, account: string, view: View, form: Form, sentences: TelegramSentences): Promise<void> {
      const [first] = form.fields
      if (!first) return
      const current = first.value ? ['\n', sentences.current, '\n', { kind: 'code', text: first.value } as const] : []
      const { text, entities } = render([...view.text, ...current, '\n', sentences.answerHint], MAX_TEXT)
      // In a group the message that is answered may be the bot's own, with a button on it: only a mention names the person.
      // Who acts as the group or as a channel is not named.
      if (isGroup(route.chat) && Number(account) > 0) entities.push(mentionOf(Number(account), text))
      const markup = {
        force_reply: true,
        // In a group it opens for the one who is mentioned.
        ...(isGroup(route.chat) && { selective: true }),
        input_field_placeholder: clip(first.label, MAX_PLACEHOLDER),
      } as const
      const outcome = await call(route, { effect: 'new', lane: 'answer' }, (to) =>
        api.sendMessage(to.chat, text, { entities, reply_markup: markup, ...placement(to) }),
      )
      if (outcome.kind !== 'done') return
      const values = Object.fromEntries(form.fields.filter((f) => f.value !== '').map((f) => [f.name, f.value]))
      const ask: Ask = { id: form.id, field: first.name, values, message: outcome.value.message_id }
      const about = { account, at: outcome.value.date * 1000 }
      memory.note(name(outcome.route.chat, account), ask, about)
    },

    /** The question that this account has not answered yet. */
    open,

    /** This question is settled; one that was asked since stays open. */
    close(chat: number, account: string, ask: Ask): void {
      if (open(chat, account)?.message === ask.message) memory.note(name(chat, account), undefined)
    },
  }

  function open(chat: number, account: string): Ask | undefined {
    return memory.recall(name(chat, account)) as Ask | undefined
  }
}

/** What is dispatched when a question was answered. */
export function answered(ask: Ask, text: string): Pick<Incoming, 'command' | 'text' | 'values'> {
  return { ...idParts(ask.id), values: { ...ask.values, [ask.field]: text } }
}

/** The first line names somebody, in whatever words. Telegram looks at nothing but the id. */
function mentionOf(id: number, text: string): MessageEntity {
  const user = { id, is_bot: false, first_name: '' }
  return { type: 'text_mention', offset: 0, length: text.split('\n', 1)[0]!.length, user }
}
