import { afterEach, expect, test } from 'vitest'
import { telegramWords } from '../../src/messages/telegram.ts'
import { startBot, type TestBot } from '../support/telegram/bot.ts'
import { startEmulator } from '../support/telegram/emulator.ts'
import { addressOf, echo } from '../support/telegram/posting.ts'

let bot: TestBot
afterEach(() => bot.close())

test('@bot with some words offers one’s own pictures by the ids that Telegram has', async () => {
  const asked: unknown[] = []
  const found = [
    { job: 3, path: 'cat.png', prompt: 'a cat' },
    { job: 2, path: 'never-sent.png', prompt: 'a cat, never sent' },
  ]
  bot = await startBot(echo, {
    findPictures: (person, words) => {
      asked.push([person, words])
      return words === 'cat' ? found : []
    },
  })
  const ada = bot.world.addUser('Ada')
  bot.world.privateRoom(ada)
  const address = addressOf(ada.id)
  await bot.chat.post(address, { text: [], pictures: [await bot.picture('cat.png')] }, 'k')

  const { results, params } = await bot.people.inline(ada, ' cat ')
  const [fileId] = bot.world.files.keys()
  expect(results).toEqual([expect.objectContaining({ type: 'photo', photo_file_id: fileId, caption: 'a cat' })])
  expect(params).toMatchObject({ is_personal: true })
  expect(asked).toEqual([[String(ada.id), 'cat']])

  const none = await bot.people.inline(ada, 'dog')
  expect(none.results).toEqual([])
  expect(none.params.button).toMatchObject({ text: telegramWords.en.noneFound })
  expect((await bot.people.inline(ada, '')).params.button).toMatchObject({ text: telegramWords.en.noPictures })
})

test('another bot with the same data offers only what it has sent itself: it knows no other bot’s ids', async () => {
  const findPictures = () => ['cat.png', 'dog.png'].map((path, job) => ({ job, path, prompt: path }))
  bot = await startBot(echo, { findPictures })
  const post = async (by: TestBot, name: string) => {
    const ada = by.world.addUser('Ada')
    by.world.privateRoom(ada)
    const address = addressOf(ada.id)
    await by.chat.post(address, { text: [], pictures: [await by.picture(name)] }, name)
    return by.people.inline(ada, '')
  }
  expect((await post(bot, 'cat.png')).results).toMatchObject([{ caption: 'cat.png' }])

  const token = '8000002:marker'
  const emulator = await startEmulator({ token, now: bot.clock.now })
  // Its updates are numbered by themselves.
  emulator.updates.add({})
  const other = await startBot(echo, { token, findPictures }, { ...bot, emulator })
  expect((await post(other, 'dog.png')).results).toMatchObject([{ caption: 'dog.png' }])
  await other.close()
})

test('of more pictures than Telegram lists the newest are offered', async () => {
  const path = 'fox.png'
  const findPictures = () => Array.from({ length: 60 }, (_, i) => ({ job: 100 - i, path, prompt: `fox ${i}` }))
  bot = await startBot(echo, { findPictures })
  const ada = bot.world.addUser('Ada')
  bot.world.privateRoom(ada)
  await bot.chat.post(addressOf(ada.id), { text: [], pictures: [await bot.picture(path)] }, 'k')
  const { results } = await bot.people.inline(ada, '')
  expect(results).toHaveLength(50)
  expect(results[0]).toMatchObject({ caption: 'fox 0' })
})
