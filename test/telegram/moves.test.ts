import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Chat, Core } from '../../src/chat.ts'
import { commandTable } from '../../src/commands/registry.ts'
import type { Actor } from '../support/conversation.ts'
import { createStageHouse } from '../support/stage-house.ts'
import { createActors } from '../support/telegram/actors.ts'
import { startBot } from '../support/telegram/bot.ts'
import { createPeople } from '../support/telegram/people.ts'
import { addressOf } from '../support/telegram/posting.ts'
import { badRequest } from '../support/telegram/refusal.ts'
import { createTelegramSide } from '../support/telegram/stage.ts'
import type { Room } from '../support/telegram/world.ts'

const OLD = -500_001
const NEW = -1_001_000_500_001

const CLOSED = /don't draw in this chat[\s\S]*too loud/u

let group: Awaited<ReturnType<typeof openGroup>>
beforeEach(async () => {
  group = await openGroup()
})
afterEach(() => group.close())

/** The whole service in a group of the old kind: ada, ben, mo who looks after it, and olga, an admin of the house. */
async function openGroup() {
  const house = createStageHouse()
  const side = await createTelegramSide(house)
  const { emulator, admin } = side
  const { world } = emulator
  let telegram = side.telegram
  const chat: Chat = {
    ...telegram.chat,
    post: (...post) => telegram.chat.post(...post),
    update: (...update) => telegram.chat.update(...update),
  }
  const { core }: { core: Core } = await house.open([chat], `telegram:${admin.id}`)
  telegram.start(core)

  const people = createPeople(emulator)
  const { actor } = createActors(emulator, commandTable())
  const [ada, ben, mo] = [world.addUser('ada'), world.addUser('ben'), world.addUser('mo')]
  const olga = world.users.get(Number(admin.id))!
  // Where `/show` answers.
  world.privateRoom(ben)
  const room = people.group(OLD, { type: 'group', members: [ada, ben, olga], admins: [mo] })
  const membersIn = (where: Room) => ({
    ada: actor(ada, where),
    ben: actor(ben, where),
    mo: actor(mo, where),
    olga: actor(olga, where),
  })

  return {
    ...{ store: house.store, chat, emulator },
    ...membersIn(room),
    /** The group becomes a supergroup: the same people there. */
    upgrade: (tells: readonly ('old' | 'new')[]) => membersIn(people.upgrade(room, NEW, tells)),
    tellAgain() {
      for (const fact of [
        { chat: room.chat, migrate_to_chat_id: NEW },
        { chat: world.rooms.get(NEW)!.chat, migrate_from_chat_id: OLD },
      ]) {
        emulator.updates.add({ message: { message_id: 1, date: 1, from: ada, ...fact } as never })
      }
    },
    stop: () => telegram.stop(),
    start() {
      telegram = side.again()
      telegram.start(core)
    },
    async close() {
      await house.close(() => telegram.stop())
      await emulator.close()
    },
  }
}

async function close(mo: Actor): Promise<void> {
  await mo.command('moderate', { action: 'block', who: 'here', reason: 'too loud' })
  await mo.sees(/is blocked/u)
}

type Members = ReturnType<typeof group.upgrade>

const ways: readonly (readonly [way: string, become: () => Members | Promise<Members>])[] = [
  ['the old group tells of it', () => group.upgrade(['old'])],
  ['the new group tells of it', () => group.upgrade(['new'])],
  [
    'a message into the old group is refused',
    async () => {
      const members = group.upgrade([])
      await group.chat.post(addressOf(OLD), { text: ['done'] }, 'k')
      return members
    },
  ],
  [
    'it happened while the process was off',
    async () => {
      await group.stop()
      const members = group.upgrade(['old', 'new'])
      group.start()
      return members
    },
  ],
  [
    'it happened while the process was off for longer than Telegram tells of it',
    async () => {
      await group.stop()
      const members = group.upgrade([])
      group.start()
      return members
    },
  ],
]

test.each(ways)('a closed group is closed as a supergroup, until it is opened there: %s', async (_way, become) => {
  await close(group.mo)
  const { ada, mo } = await become()
  await ada.command('imagine', { prompt: 'a red fox' })
  await ada.sees(CLOSED)

  await mo.command('moderate', { action: 'unblock', who: 'here' })
  await mo.sees(/can ask again/u)
  group.tellAgain()
  await ada.command('imagine', { prompt: 'a blue whale' })
  await ada.sees(/a blue whale[\s\S]*drawn in/u)
})

test('what was decided about a group, and the pictures made in it, go along with it', async () => {
  const { ada, mo, olga } = group
  await ada.command('imagine', { prompt: 'a red fox' })
  await ada.sees(/a red fox[\s\S]*drawn in/u)
  await mo.command('moderate', { action: 'spoiler' })
  await mo.sees(/cover/iu)
  await olga.command('quota_admin', { action: 'set', who: 'here', credits: 7 })
  await olga.sees(/7/u)

  const there = group.upgrade(['old', 'new'])
  await there.ada.command('quota')
  expect((await there.ada.sees(/credits left/u)).text).toMatch(/of 7 credits/u)
  await there.ben.command('show', { job: 1 })
  await there.ben.sees(/a red fox[\s\S]*#1/u)
  expect(group.emulator.callsOf('sendPhoto').at(-1)).toMatchObject({ has_spoiler: true })
  await there.mo.command('remove', { job: 1 })
  await there.mo.sees(/is deleted/u)
  expect(group.store.pictures.ofJob(1)[0]!.deletedAt).toBeDefined()
})

test('a button of the old group acts under the rules of the new one', async () => {
  const { ada, mo } = group
  await ada.command('imagine', { prompt: 'a red fox' })
  const picture = await ada.sees(/a red fox[\s\S]*drawn in/u)
  await close(mo)
  group.upgrade(['old', 'new'])
  await ada.press('🎲 Again', picture)
  await ada.sees(CLOSED)
})

test('what was said in the old group and read after it moved counts in the new one', async () => {
  await group.stop()
  await group.mo.command('moderate', { action: 'block', who: 'here', reason: 'too loud' })
  const { ada, mo } = group.upgrade([])
  group.start()
  await mo.sees(/is blocked/u)
  await ada.command('imagine', { prompt: 'a red fox' })
  await ada.sees(CLOSED)
})

test('a move is carried over once, however often and wherever it is told', async () => {
  const bot = await startBot(() => ({ text: ['ok'] }))
  const ada = bot.world.addUser('Ada')
  const room = bot.people.group(OLD, { type: 'group', members: [ada] })
  const next = bot.people.upgrade(room, NEW)
  await bot.chat.post(addressOf(OLD), { text: ['done'] }, 'k')
  bot.people.say(ada, next, '/help')
  await (await bot.hears(1)).shown
  expect(bot.moves).toEqual([['telegram', String(OLD), String(NEW)]])
  await bot.close()
})

/** A bot that was in a group when it stopped. `startAgain`: over the same memory, until it has answered somebody in private. */
async function stoppedInGroup() {
  const reply = () => ({ text: ['ok'] })
  const first = await startBot(reply)
  const ada = first.world.addUser('Ada')
  const room = first.people.group(OLD, { type: 'group', members: [ada] })
  const home = first.world.privateRoom(ada)
  first.people.say(ada, room, '/help')
  await (await first.hears(1)).shown
  await first.telegram.stop()
  const startAgain = async () => {
    const next = await startBot(reply, {}, first)
    first.people.say(ada, home, '/help')
    await (await next.hears(1)).shown
    await next.telegram.stop()
  }
  return { first, room, startAgain }
}

test('a group that Telegram did not tell of for now is asked after at the next start, too', async () => {
  const { first, startAgain } = await stoppedInGroup()
  first.emulator.faults.plan('getChatMemberCount', { kind: 'refuse', refusal: badRequest('try again') })
  for (let start = 1; start <= 2; start++) await startAgain()
  // Beside the refused one.
  expect(first.emulator.callsOf('getChatMemberCount')).toHaveLength(1)
  await first.close()
})

test('a group that threw the bot out is asked after once', async () => {
  const { first, room, startAgain } = await stoppedInGroup()
  room.members.set(first.world.me.id, 'kicked')
  for (let start = 1; start <= 2; start++) {
    await startAgain()
    expect(first.emulator.callsOf('getChatMemberCount')).toHaveLength(1)
  }
  await first.close()
})
