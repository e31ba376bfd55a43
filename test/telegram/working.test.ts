import { afterEach, expect, test } from 'vitest'
import type { MessageRef } from '../../src/chat.ts'
import { startBot, type TestBot } from '../support/telegram/bot.ts'
import { addressOf } from '../support/telegram/posting.ts'
import { forbidden } from '../support/telegram/refusal.ts'

let bot: TestBot
afterEach(() => bot.close())

test('that a picture is on its way is said again for as long as one is computed there, and no longer', async () => {
  bot = await startBot(({ text }) => ({ text: [text!], working: true, computing: text === 'drawing now' }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  const refs: MessageRef[] = []
  const said = (times: number) => bot.until(() => bot.world.actions.length >= times)
  for (const text of ['in line', 'drawing now']) {
    expect(bot.world.actions).toEqual([])
    bot.people.say(ada, room, text)
    refs.push((await (await bot.hears(refs.length + 1)).shown) as MessageRef)
  }
  await said(1)
  for (const ref of refs) await bot.chat.update(ref, { text: ['step 1/8'], working: true, computing: true })
  await said(5)
  expect(bot.world.actions[4]).toEqual({ chat: ada.id, action: 'upload_photo', at: expect.any(Number) })
  const gaps = bot.world.actions.slice(1).map(({ at }, i) => at - bot.world.actions[i]!.at)
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(4500)

  await bot.chat.update(refs[0]!, { text: ['there'] })
  await said(bot.world.actions.length + 2)
  await bot.chat.update(refs[1]!, { text: ['stopping'], working: true })
  const before = bot.world.actions.length
  const silence = bot.clock.now() + 20_000
  await new Promise<void>((resolve) => bot.clock.after(silence - bot.clock.now(), resolve))
  expect(bot.world.actions.length).toBeLessThanOrEqual(before + 1)
})

test('that a picture is on its way is said in the topic where it will come', async () => {
  bot = await startBot(() => ({ text: [] }))
  bot.people.group(-500, { topics: [44, 45] })
  for (const thread of [44, 45]) {
    const ref = await bot.chat.post(addressOf(-500, { thread }), { text: ['queued'] }, `${thread}`)
    await bot.chat.update(ref, { text: ['step 1/8'], working: true, computing: true })
  }
  const said = () => bot.emulator.callsOf('sendChatAction').map(({ message_thread_id }) => Number(message_thread_id))
  await bot.until(() => said().length >= 5)
  expect(new Set(said())).toEqual(new Set([44, 45]))
})

test('where that cannot be said it is not tried again before the next view', async () => {
  bot = await startBot(() => ({ text: ['in line'] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  bot.people.say(ada, room, 'a red fox')
  const ref = (await (await bot.hears(1)).shown) as MessageRef
  bot.emulator.faults.plan('sendChatAction', { kind: 'refuse', refusal: forbidden('bot was blocked by the user') })
  await bot.chat.update(ref, { text: ['step 1/8'], working: true, computing: true })
  await bot.until(() => bot.emulator.faults.planned('sendChatAction') === 0)
  await new Promise<void>((resolve) => bot.clock.after(20_000, resolve))
  expect(bot.world.actions).toEqual([])
  await bot.chat.update(ref, { text: ['step 2/8'], working: true, computing: true })
  await bot.until(() => bot.world.actions.length > 0)
})
