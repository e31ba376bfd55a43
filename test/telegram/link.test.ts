import { expect, test } from 'vitest'
import { createDiscordSide } from '../support/discord/stage.ts'
import { createStageHouse } from '../support/stage-house.ts'
import { createTelegramSide } from '../support/telegram/stage.ts'

test('one person on Discord and Telegram has one quota and one history', async () => {
  const house = createStageHouse()
  const side = await createTelegramSide(house)
  const { discord, emulator } = await createDiscordSide(house)
  const { core } = await house.open([discord.chat, side.telegram.chat], 'discord:1')
  await Promise.all([discord.start(core), side.telegram.start(core)])

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

function leftIn(text: string): string {
  return /([\d.]+) credits left/u.exec(text)![1]!
}
