import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openForReading } from '../../src/store/database.ts'
import { DATABASE } from '../../src/store/store.ts'
import { createDiscordSide } from '../support/discord/stage.ts'
import { createStageHouse } from '../support/stage-house.ts'
import { createPeople } from '../support/telegram/people.ts'
import { createTelegramSide } from '../support/telegram/stage.ts'

test('one person on Discord and Telegram has one quota and one history', async () => {
  const house = createStageHouse()
  const side = await createTelegramSide(house)
  const { discord, emulator } = await createDiscordSide(house)
  const { core } = await house.open([discord.chat, side.telegram.chat], 'discord:1')
  discord.start(core)
  side.telegram.start(core)

  const there = emulator.person('ada')
  const here = side.person('ada', { direct: true })
  await there.command('imagine', { prompt: 'a red fox' })
  await there.sees(/a red fox[\s\S]*drawn in/u)
  await here.command('imagine', { prompt: 'a blue whale' })
  await here.sees(/a blue whale[\s\S]*drawn in/u)

  await here.command('quota')
  const before = leftIn((await here.sees(/credits left/u)).text)
  await there.command('link')
  const [code] = /\b[A-Z0-9]{4,}(?:-[A-Z0-9]+)*\b/u.exec((await there.sees(/link/u)).text)!
  await here.command('link', { code })
  await here.sees(/discord/iu)

  await here.command('history')
  const history = await here.sees(/Your pictures/u)
  expect(history.text).toMatch(/a red fox/u)
  expect(history.text).toMatch(/a blue whale/u)
  // Both pictures count now, wherever they were asked for.
  const less = new RegExp(`^(?![\\s\\S]*${before.replace('.', '\\.')} credits left)[\\s\\S]*credits left`, 'u')
  await here.command('quota')
  await there.command('quota')
  const left = leftIn((await here.sees(less)).text)
  expect(Number(left)).toBeLessThan(Number(before))
  expect(leftIn((await there.sees(/credits left/u)).text)).toBe(left)

  await house.close(async () => {
    await Promise.all([discord.stop(), side.telegram.stop()])
  })
  await Promise.all([emulator.close(), side.emulator.close()])
})

test('@bot offers every picture of a job, and looks past those that Telegram never had', async () => {
  const house = createStageHouse()
  const side = await createTelegramSide(house)
  const { core, services } = await house.open([side.telegram.chat], 'telegram:1')
  side.telegram.start(core)
  const ada = side.person('ada', { direct: true })
  await ada.command('imagine', { prompt: 'two foxes --n 2' })
  await ada.sees(/two foxes[\s\S]*drawn in/u)
  services.queue.pause()
  const address = { platform: 'elsewhere', chat: '1', route: null }
  const from = { platform: 'telegram', id: ada.id, name: 'ada', direct: true }
  const at = Date.now()
  for (let n = 0; n < 60; n++) {
    const ask = { command: 'imagine', text: 'foxes', from, address, at }
    await core.dispatch({ ...ask, key: `${n}` }, async () => undefined)
    await core.dispatch({ ...ask, key: `c${n}`, command: 'cancel', text: '' }, async () => undefined)
  }
  const user = side.emulator.world.users.get(Number(ada.id))!
  expect((await createPeople(side.emulator).inline(user, 'foxes')).results).toHaveLength(2)
  await house.close(side.telegram.stop)
  await side.emulator.close()
})

test('deleting everything leaves no note of a person, their words and their pictures', async () => {
  const house = createStageHouse()
  const { telegram, emulator, person } = await createTelegramSide(house)
  const { core } = await house.open([telegram.chat], 'telegram:1')
  telegram.start(core)
  const ada = person('ada', { direct: true })
  const notes = () => {
    const db = openForReading(join(house.folder, DATABASE))
    const rows = db.prepare("SELECT name, value FROM notes WHERE platform = 'telegram'").raw().all() as string[][]
    db.close()
    const kinds = rows.map(([name]) => name!.split(':')[0]!)
    return { kinds: new Set(kinds.filter((kind) => kind !== 'menu')), text: JSON.stringify(rows) }
  }
  await ada.command('imagine', { prompt: 'a red fox --n 2' })
  const { text } = await ada.sees(/a red fox[\s\S]*drawn in/u)
  await ada.command('privacy')
  await ada.sees(/store about you/u)
  await ada.command('edit', { job: /#(\d+)/u.exec(text)![1]! })
  // One person's messages are answered one after another: the question is noted when the photos are.
  const user = emulator.world.users.get(Number(ada.id))!
  const album = { photo: Buffer.from('bytes of a photo'), album: '77' }
  for (const words of ['like this', ''])
    createPeople(emulator).say(user, emulator.world.privateRoom(user), words, album)
  await ada.sees(/start from a photo/u)
  expect(notes().kinds).toEqual(new Set(['photo', 'album', 'originals', 'ask', 'album-from', `@${user.username}`]))

  await ada.press('Delete everything')
  await ada.press('Yes, delete it for good')
  await ada.sees(/^Deleted/u)
  expect(notes().kinds).toEqual(new Set())
  for (const trace of [ada.id, 'fox', 'pictures/']) expect(notes().text).not.toContain(trace)

  await house.close(telegram.stop)
  await emulator.close()
})

function leftIn(text: string): string {
  return /([\d.]+) credits left/u.exec(text)![1]!
}
