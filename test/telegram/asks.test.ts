import { afterEach, expect, test } from 'vitest'
import { startBot, type TestBot } from '../support/telegram/bot.ts'

let bot: TestBot
afterEach(() => bot.close())

test('/imagine alone asks, and the next message is the answer; another command is a change of mind', async () => {
  const form = { id: 'imagine:--seed 7', title: 'Draw', fields: [] }
  const field = { name: 'prompt', label: 'What to draw', value: '', required: true, maxLength: 99 }
  bot = await startBot(({ command, text, values }) =>
    command === 'imagine' && !text
      ? { text: ['What shall I draw?'], form: { ...form, fields: [field] } }
      : { text: [`${command} ${text} ${values?.prompt ?? ''}`] },
  )
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  bot.people.say(ada, room, '/imagine')
  const question = await bot.until(() => [...room.messages.values()].find(({ asks }) => asks))
  expect(question.message.text).toContain('What shall I draw?')
  bot.people.say(ada, room, 'a fox')
  expect((await bot.hears(2)).incoming).toMatchObject({
    command: 'imagine',
    text: '--seed 7',
    values: { prompt: 'a fox' },
  })
  bot.people.say(ada, room, 'a wolf')
  expect((await bot.hears(3)).incoming).toMatchObject({ command: 'imagine', text: 'a wolf' })
  expect((await bot.hears(3)).incoming.values).toBeUndefined()
  bot.people.say(ada, room, '/imagine')
  const open = await bot.until(() => [...room.messages.values()].find((one) => one.asks && one !== question))
  bot.people.say(ada, room, '/show', { reply: open })
  expect((await bot.hears(5)).incoming).toMatchObject({ command: 'show' })
  expect((await bot.hears(5)).incoming.attachment).toBeUndefined()
})

test('an answer that lacks the words again is asked again, and the next message is the answer to that', async () => {
  const field = { name: 'prompt', label: 'What to draw', value: '', required: true, maxLength: 99 }
  const form = { id: 'imagine:', title: 'Draw', fields: [field] }
  bot = await startBot(({ values }) =>
    values?.prompt === 'a fox' ? { text: ['in line'] } : { text: ['What shall I draw?'], form },
  )
  const ada = bot.world.addUser('Ada')
  const room = bot.world.privateRoom(ada)
  for (const text of ['/imagine', '--seed 7', 'a fox']) bot.people.say(ada, room, text)
  await bot.hears(3)
  const answers = bot.heard.slice(1).map(({ incoming }) => incoming.values)
  expect(answers).toEqual([{ prompt: '--seed 7' }, { prompt: 'a fox' }])
})

test('in a group a question is answered by a reply to it, by the one who was asked', async () => {
  const field = { name: 'prompt', label: 'What', value: 'a fox', required: true, maxLength: 99 }
  const settings = { ...field, name: 'settings', value: '--seed 1' }
  const seed = { ...field, name: 'seed', value: '' }
  bot = await startBot(({ command, text, values }) =>
    command === 'imagine' && !text && !values
      ? { text: ['What?'], form: { id: 'edit:5', title: 'Edit #5', fields: [field, settings, seed] } }
      : { text: ['ok'] },
  )
  const [ada, ben] = [bot.world.addUser('Ada'), bot.world.addUser('Ben')]
  const room = bot.people.group(-500, { members: [ada, ben] })
  bot.people.say(ada, room, '/imagine')
  const question = await bot.until(() => [...room.messages.values()].find(({ asks }) => asks))
  expect(question.message.text).toContain('a fox')
  expect(question.message.entities).toContainEqual(expect.objectContaining({ type: 'code' }))
  bot.people.say(ben, room, 'mine', { reply: question })
  expect((await bot.hears(2)).incoming).toMatchObject({ command: 'imagine', text: 'mine' })
  // What is said to the bot besides is no answer, and the question stays.
  bot.people.say(ada, room, `@${bot.world.me.username} a cat`)
  expect((await bot.hears(3)).incoming).toMatchObject({ command: 'imagine', text: 'a cat' })
  bot.people.say(ada, room, 'a wolf', { reply: question })
  const { incoming } = await bot.hears(4)
  expect(incoming).toMatchObject({ command: 'edit', text: '5' })
  // An empty value would stand above what the answer says.
  expect(incoming.values).toEqual({ prompt: 'a wolf', settings: '--seed 1' })
})

test('a question in a group that has just become a supergroup is answered there', async () => {
  const field = { name: 'prompt', label: 'What', value: '', required: true, maxLength: 99 }
  const form = { id: 'imagine:', title: 'Draw', fields: [field] }
  bot = await startBot(({ values }) => (values ? { text: ['ok'] } : { text: ['What?'], form }))
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(-500, { type: 'group', members: [ada] })
  bot.people.say(ada, room, '/imagine')
  const there = bot.people.upgrade(room, -1_000_500, [])
  const question = await bot.until(() => [...there.messages.values()].find(({ asks }) => asks))
  bot.people.say(ada, there, 'a fox', { reply: question })
  expect((await bot.hears(2)).incoming).toMatchObject({ command: 'imagine', values: { prompt: 'a fox' } })
})

test('a question after a press in a group opens the keyboard of the one who pressed', async () => {
  const field = { name: 'prompt', label: 'What', value: 'a fox', required: true, maxLength: 99 }
  const form = { id: 'edit:5', title: 'Edit #5', fields: [field] }
  bot = await startBot(({ pressed }) => (pressed ? { text: ['What?'], form } : { text: ['done'] }))
  const [ada, ben] = [bot.world.addUser('Ada'), bot.world.addUser('Ben')]
  const room = bot.people.group(-500, { members: [ada, ben] })
  bot.people.say(ada, room, '/imagine a fox')
  await (await bot.hears(1)).shown
  bot.people.press(ben, room.messages.get(2)!, 'edit:5')
  await (await bot.hears(2)).shown
  const question = room.messages.get(3)!
  expect(question).toMatchObject({ asks: true })
  expect(question.message.entities).toContainEqual(
    expect.objectContaining({ type: 'text_mention', user: expect.objectContaining({ id: ben.id }) }),
  )
})
