import { expect } from 'vitest'
import type { MessageRef, View } from '../../src/chat.ts'
import { setting } from './setting.ts'

/** When the token of an answer is dead. */
export const EXPIRED_MS = 15 * 60_000 + 1

/** ann asked for a picture and waits; `finish` tells the result as the core does: change the message, else post. */
export async function waiting(options: { readonly private?: boolean; readonly fields?: Record<string, unknown> } = {}) {
  const all = await setting()
  const { emulator, core, received, discord } = all
  const ref = Promise.withResolvers<MessageRef>()
  const mode: Partial<View> = options.private ? { private: true } : {}
  core(async (_, respond) => ref.resolve((await respond({ text: ['queued'], working: true, ...mode }))!))
  const ann = emulator.person('ann')
  ann.next(options.fields ?? {})
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.sees(/queued/u)
  const message = await ref.promise
  const { address } = received[0]!
  const { chat } = discord
  const show = (view: View) => chat.update(message, { ...view, ...mode })
  const finish = async (view: View = { text: ['done'] }) => {
    try {
      await show(view)
      return message
    } catch (error) {
      expect(error).toMatchObject({ code: 'gone' })
      return chat.post(address, { ...view, ...mode }, 'job-12')
    }
  }
  return { ...all, ann, address, chat, show, finish }
}
