import { type Address, ChatError, type Incoming, type View } from '../../../src/chat.ts'

/** What a core may answer: what it heard. */
export const echo = ({ command, text }: Incoming): View => ({ text: [`${command}: ${text}`] })
export const addressOf = (chat: number, more: object = {}): Address => ({
  platform: 'telegram',
  chat: String(chat),
  route: { chat, ...more },
})
/** With which code of ours a promise is rejected. */
export const codeOf = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  )
  return error instanceof ChatError ? error.code : error
}
