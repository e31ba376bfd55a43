import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { commandTable } from '../../src/commands/registry.ts'
import { messagesIn } from '../../src/messages/messages.ts'
import { telegramWords } from '../../src/messages/telegram.ts'
import { createStageHouse } from '../support/stage-house.ts'
import { createActors } from '../support/telegram/actors.ts'
import { createPeople } from '../support/telegram/people.ts'
import { createTelegramSide } from '../support/telegram/stage.ts'

const saying = (text: string) => new RegExp(RegExp.escape(text), 'u')

test.each([
  ['zh-hans', 'zh', 'en'],
  ['en-GB', 'en', 'zh'],
] as const)(
  'a client in %s reads %s until %s is chosen, and that everywhere from then on',
  async (locale, before, chosen) => {
    const house = createStageHouse()
    const side = await createTelegramSide(house)
    const { emulator, telegram } = side
    const { world } = emulator
    onTestFinished(async () => {
      await house.close(telegram.stop)
      await emulator.close()
    })
    const { core } = await house.open([telegram.chat], `telegram:${side.admin.id}`)
    telegram.start(core)
    const people = createPeople(emulator)
    const { actor } = createActors(emulator, commandTable())
    const [user, stranger] = [world.addUser('ada', locale), world.addUser('ben', locale)]
    const room = world.privateRoom(user)
    const group = people.group(-500_001, { members: [user, stranger] })
    const ada = actor(user, room)
    const photo = Buffer.from('bytes of a photo')

    people.say(user, room, '', { photo })
    await ada.sees(saying(telegramWords[before].wordsOnly))
    expect((await people.inline(user, '')).params.button?.text).toBe(telegramWords[before].noPictures)

    const words = telegramWords[chosen]
    await ada.command('settings', { language: chosen })
    await ada.sees(saying(messagesIn(chosen).languageName))
    people.say(user, room, '', { photo })
    await ada.sees(saying(words.wordsOnly))
    await ada.command('imagine')
    await ada.sees(saying(words.answerHint))
    expect((await people.inline(user, 'dog')).params.button?.text).toBe(words.noneFound)

    await ada.command('imagine', { prompt: 'a red fox' })
    await ada.press(/✏️/u)
    await ada.sees(saying(words.current))
    rmSync(join(house.folder, 'pictures'), { recursive: true })
    await ada.press('📄 PNG')
    await ada.sees(saying(words.originalGone))

    // Somebody who never wrote to the bot alone can be told in the group only.
    const ben = actor(stranger, group)
    await ben.command('settings', { language: chosen })
    await ben.sees(saying(messagesIn(chosen).languageName))
    await ben.command('imagine', { prompt: 'a secret --private' })
    await ben.sees(saying(words.openPrivate))
  },
)
