import type { CallbackQuery, MaybeInaccessibleMessage, Message, User } from 'grammy/types'
import { idParts } from '../../src/chat.ts'
import { createAnswer } from './answer.ts'
import type { HandlerDeps } from './handler-deps.ts'
import { ORIGINAL } from './originals.ts'
import { createPress } from './presses.ts'
import { addressOf, isGroup, type Posted, refOf, routeBack } from './route.ts'
import { accountOf } from './senders.ts'
import { sentencesFor } from './words.ts'

/** A pressed button becomes a dispatch of its id. */
export async function handlePress(deps: HandlerDeps, updateId: number, query: CallbackQuery): Promise<void> {
  const press = createPress(deps.api, query.id)
  const { data, message, from } = query
  // Messages sent in inline mode have no chat that we know; we put no buttons there.
  if (!data || !message) return press.settle()

  const key = `telegram:${updateId}`
  const route = routeBack(message, from.id)
  const pressed: Posted = {
    ...route,
    reply: undefined,
    message: message.ephemeral_message_id ?? message.message_id,
    ...(message.ephemeral_message_id !== undefined && { ephemeral: true }),
  }
  const mask = await deps.senders.maskOf(from, message.chat)
  const account = accountOf(from, mask).id
  const sentences = sentencesFor(deps, from, mask)
  const hasPicture = message.photo !== undefined || message.document !== undefined
  const answer = createAnswer(deps, {
    key,
    route,
    account,
    sentences,
    press: {
      query: press,
      message: pressed,
      hasPicture,
      isOthers: isSaidToOthers(message, account, deps.me),
      mayChange: pressed.ephemeral === true || mayChange(message, account, data),
    },
  })
  if (idParts(data).command === ORIGINAL) {
    const files = await deps.originals.read(pressed)
    if (files.length === 0) await answer.respond({ kind: 'notice', text: [sentences.originalGone] })
    else if (!deps.originals.claim(pressed)) await answer.respond({ kind: 'notice', text: [sentences.originalShown] })
    // An answer each: what is tried again is the one file that was not taken.
    else for (const file of files) await answer.respond({ text: [], files: [file] })
    return
  }
  await deps.core.dispatch(
    {
      key,
      ...idParts(data),
      from: await deps.senders.of(from, { chat: message.chat, sender_chat: mask }),
      address: addressOf(deps.moves.follow(route)),
      pressed: refOf(pressed),
    },
    answer.respond,
  )
  answer.assertNotCutOff()
}

/** Whether a message of ours answers somebody else's words: a panel or list in it is theirs. */
function isSaidToOthers(
  { reply_to_message: asked }: Pick<Message, 'reply_to_message'>,
  account: string,
  me: User,
): boolean {
  return asked?.from !== undefined && asked.from.id !== me.id && !isBy(account, asked)
}

function isBy(account: string, { from, sender_chat }: Pick<Message, 'from' | 'sender_chat'>): boolean {
  return from !== undefined && accountOf(from, sender_chat).id === account
}

/**
 * Telegram passes on whatever words a person's own program says a button has. Those that no button of the message has
 * change nothing that others read, but in answer to oneself: that button may have gone meanwhile.
 */
function mayChange(message: MaybeInaccessibleMessage, account: string, data: string): boolean {
  if (!isGroup(message.chat.id)) return true
  const { reply_to_message: asked, reply_markup: markup } = message as Message
  const buttons = markup?.inline_keyboard.flat() ?? []
  return (
    (asked !== undefined && isBy(account, asked)) ||
    buttons.some((button) => 'callback_data' in button && button.callback_data === data)
  )
}
