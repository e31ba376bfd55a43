import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, it } from 'vitest'
import type { Call } from '../../src/commands/define.ts'
import { writeChart } from '../../src/commands/stats-chart.ts'
import { messagesIn } from '../../src/messages/messages.ts'
import { plain } from '../../src/messages/text.ts'
import { createHouse, PICTURE_MS } from '../support/house.ts'
import { createSpeaker } from '../support/speaker.ts'

const open = async () => {
  const house = await createHouse({ env: { ADMINS: 'scripted:olga' } })
  const speaker = createSpeaker(house)
  await speaker.say('quota', { from: 'ann' })
  return {
    house,
    ...speaker,
    orders: (command: string, text: string) => speaker.hears(command, { from: 'olga', text }),
  }
}

it('an order without an action is told which there are', async () => {
  const { orders } = await open()
  expect(await orders('admin', '')).toBe('action is missing. It can be pause resume drain cancel stats audit')
  for (const command of ['moderate', 'quota_admin'])
    expect(await orders(command, '')).toMatch(/^action is missing\. It can be \w+ \w+/u)
})

it('a gift is told with its end, spent after the day, and gone when it says', async () => {
  const { house, orders, hears } = await open()
  expect(await orders('quota_admin', 'grant ann 5 --expires 7d for the poster')).toMatch(
    /ann got 5 credits \(expires 2026-01-22/u,
  )
  expect(await hears('quota')).toMatch(/25 credits left[\s\S]*Gift credits left: 5 \(expires/u)
  await house.clock.pass(7 * 86_400_000)
  expect(await hears('quota')).toMatch(/20 credits left/u)
})

it('an order that a platform repeats is one gift, or one reset, and one row of the audit', async () => {
  const { house, hears } = await open()
  const repeats = async (text: string) => {
    for (let i = 0; i < 2; i++) expect(await hears('quota_admin', { from: 'olga', key: text, text })).toMatch(/^ann/u)
  }
  await repeats('grant ann 5')
  await repeats('reset ann')
  expect(await hears('quota')).toMatch(/25 credits left/u)
  expect(house.store.audit.recent(10).map(({ action }) => action)).toEqual(['quota reset', 'quota grant'])
})

it('the most specific rule wins, and its removal gives the wider one back', async () => {
  const { orders, hears, draws } = await open()
  await orders('quota_admin', 'set everyone 10')
  await orders('quota_admin', 'set role:vip 30')
  await orders('quota_admin', 'set ann 3 --steps 9 --waiting 2')
  expect(await hears('quota')).toMatch(/3 credits left/u)
  expect(await hears('quota', { from: 'bob', roles: ['vip'] })).toMatch(/30 credits left/u)
  expect(await hears('quota', { from: 'bob' })).toMatch(/10 credits left/u)
  const job = await draws('a fox', { from: 'bob', roles: ['vip'] })
  expect(await hears('show', { from: 'bob', text: String(job), roles: ['vip'] })).toMatch(/29.998 left/u)
  expect(await orders('quota_admin', 'rules')).toMatch(/everyone.*10 credits[\s\S]*ann.*3 credits[\s\S]*9 steps/u)
  expect(await hears('imagine', { text: 'a fox --steps 10' })).toMatch(/at most 9 steps/u)
  await orders('quota_admin', 'rules ann --remove')
  expect(await hears('quota')).toMatch(/10 credits left/u)
})

it('no limit is told as such, ends when it says, and today is made whole', async () => {
  const { house, orders, hears, draws } = await open()
  await orders('quota_admin', 'set ann 25')
  await orders('quota_admin', 'unlimited ann --expires 1h --waiting 3')
  expect(await hears('quota')).toMatch(/no limit/u)
  expect(await orders('quota_admin', 'show ann')).toMatch(
    /^ann has no limit\.[\s\S]*25 credits a day[\s\S]*no limit · at most 3 pictures waiting · expires/u,
  )
  await house.clock.pass(3_600_001)
  expect(await hears('quota')).toMatch(/25 credits left/u)
  await orders('quota_admin', 'rules ann --remove')
  expect(await hears('quota')).toMatch(/20 credits left/u)
  await draws('a fox')
  expect(house.left()).toBeLessThan(20_000)
  await orders('quota_admin', 'reset ann')
  expect(house.left()).toBe(20_000)
})

it('a person is named by a mention, an id, a name or an account, and two of one name are told apart', async () => {
  const { house, orders } = await open()
  for (const who of ['ann', '@Ann', 'scripted:ann'])
    expect(await orders('quota_admin', `show ${who}`)).toMatch(/^ann has 20 credits left/u)
  expect(await orders('quota_admin', 'show nobody')).toMatch(/know anyone called nobody/u)
  house.store.people.of('scripted', '77', '', 0)
  expect(await orders('quota_admin', 'show @')).toMatch(/know anyone called @/u)
  house.store.people.of('scripted', '78', 'telegram:@ann', 0)
  expect(await orders('quota_admin', 'show telegram:@ann')).toMatch(/know anyone called @ann\./u)
  house.store.people.of('scripted', '123', 'ann', 0)
  expect(await orders('quota_admin', 'show ann')).toMatch(/^Several people are called ann: .*scripted:123/u)
  expect(await orders('quota_admin', 'show <@123>')).toMatch(/^ann has 20 credits left/u)
  expect(await orders('quota_admin', 'grant everyone 5')).toMatch(/can't be used on that/u)
})

it('a role, a channel and everyone are named as Discord writes them when they are picked', async () => {
  const { orders } = await open()
  expect(await orders('quota_admin', 'set <@&77> --credits 5')).toMatch(/^role scripted:77: a rule/u)
  expect(await orders('quota_admin', 'set <#78> --credits 5')).toMatch(/^chat scripted:78: a rule/u)
  expect(await orders('quota_admin', 'set @everyone --credits 5')).toMatch(/^everyone: a rule/u)
  expect(await orders('moderate', 'allow <#78>')).toMatch(/^chat scripted:78 is allowed/u)
})

it('the chat that it is said in, others, roles and everyone are called so in the language of who asks', async () => {
  const { hears } = await open()
  const orders = (text: string) => hears('quota_admin', { from: 'olga', locale: 'zh-CN', text })
  expect(await orders('set here 5')).toMatch(/^本聊天：规则/u)
  expect(await orders('set chat:78 5')).toMatch(/^聊天 scripted:78：规则/u)
  expect(await orders('set role:77 5')).toMatch(/^身份组 scripted:77：规则/u)
  expect(await orders('rules everyone --remove')).toBe('没有需要更改的。')
  expect(await orders('set everyone 5')).toMatch(/^所有人：规则/u)
  expect(await hears('moderate', { from: 'olga', text: 'allow here' })).toBe('this chat is allowed.')
})

it('who has no rule of their own is not told to be under the defaults: a wider one may hold', async () => {
  const { orders } = await open()
  expect(await orders('quota_admin', 'show everyone')).toBe('everyone\nNo rule: the defaults apply.')
  await orders('quota_admin', 'set everyone 10')
  expect(await orders('quota_admin', 'show ann')).toMatch(/0 of 10 credits.*\nNo rule of their own: wider ones/u)
})

it('a name is known without the marks in it that nobody sees and that turn round what stands after it', async () => {
  const { orders, say } = await open()
  await say('quota', { from: '\u202eعلي\u200f' })
  expect(await orders('quota_admin', 'show علي')).toMatch(/^علي has 20 credits left/u)
})

it('less than a thousandth of a credit is nothing that could be given', async () => {
  const { orders } = await open()
  for (const amount of ['0', '0.0004']) {
    expect(await orders('quota_admin', `grant me ${amount}`)).toMatch(/credits must be from 0\.001 to 1000000/u)
  }
  expect(await orders('quota_admin', 'grant me 0.0006')).toMatch(/0\.001 credits/u)
})

it('every change leaves a row with who, what, whom and why', async () => {
  const { house, orders } = await open()
  await orders('quota_admin', 'grant ann 5 for the poster')
  await orders('quota_admin', 'set ann 3')
  await orders('moderate', 'block ann spam')
  await orders('moderate', 'deny Foo, bär')
  await orders('admin', 'pause')
  await orders('admin', 'resume')
  await orders('quota_admin', 'show ann')
  expect(
    house.store.audit.recent(10).map(({ actor, action, target, reason }) => [actor, action, target, reason]),
  ).toEqual([
    ['scripted:olga', 'admin resume', 'queue', undefined],
    ['scripted:olga', 'admin pause', 'queue', undefined],
    ['scripted:olga', 'moderate deny', 'words', undefined],
    ['scripted:olga', 'moderate block', 'person:1', 'spam'],
    ['scripted:olga', 'quota set', 'person:1', undefined],
    ['scripted:olga', 'quota grant', 'person:1', 'for the poster'],
  ])
  const told = await orders('admin', 'audit')
  expect(told).toMatch(/quota grant ann scripted:ann .* for the poster$/u)
  expect(told).toMatch(/^\S+ \S+ UTC scripted:olga admin resume queue\n/u)
  expect(await orders('admin', 'audit 2')).toBe('There is only 1 page.')
  expect(await orders('moderate', 'words')).toMatch(/bar, foo/u)
  expect(await orders('moderate', 'words --remove FOO')).toMatch(/Denied words: bar$/u)
})

it('who is blocked or allowed is listed, with until when and why, for admins alone', async () => {
  const { orders, hears } = await open()
  expect(await orders('moderate', 'list')).toMatch(/Nobody is blocked/u)
  await orders('moderate', 'block ann --expires 2d spam')
  await orders('moderate', 'allow chat:elsewhere')
  await orders('moderate', 'block here')
  await orders('moderate', 'unblock here')
  expect((await orders('moderate', 'list')).split('\n')).toEqual([
    expect.stringMatching(/^chat scripted:elsewhere is allowed\.$/u),
    expect.stringMatching(/^ann is blocked \(expires .* UTC\)\. spam$/u),
  ])
  expect(await hears('moderate', { from: 'mo', moderator: true, text: 'list' })).toMatch(/admins/u)
})

it('the line is paused, drained and opened again', async () => {
  const { orders, say, hears } = await open()
  await orders('admin', 'pause')
  const held = await say('imagine', { text: 'a fox' })
  expect(plain(held.text)).toMatch(/paused/u)
  expect(await orders('admin', `cancel ${held.job}`)).toMatch(/is cancelled/u)
  await orders('admin', 'drain')
  expect(await hears('imagine', { text: 'a fox' })).toMatch(/nothing new/u)
  await orders('admin', 'resume')
  expect((await say('imagine', { text: 'a fox' })).job).toBeDefined()
})

it('a paused line promises no time', async () => {
  const { orders, say, hears, draws } = await open()
  await draws('a fox')
  await orders('admin', 'pause')
  await say('imagine', { text: 'a bear' })
  expect(await hears('queue')).toMatch(
    /^1 picture waiting, 0 being drawn\nThe line is paused[^\n]*\n#2 a bear · place 1$/u,
  )
  await orders('admin', 'resume')
  expect(await hears('queue')).toMatch(/about 1 s left/u)
})

it('a phrase in quotes is denied without them', async () => {
  const { orders, hears } = await open()
  expect(await orders('moderate', 'deny "bad phrase", “other”, “a third”')).toMatch(
    /words: a third, bad phrase, other$/u,
  )
  expect(await hears('imagine', { text: 'a bad phrase' })).toMatch(/draw bad phrase here/u)
})

it('figures are a picture in which a name is no markup, and a sentence', async () => {
  const { house, draws, say } = await open()
  await draws('a fox', { from: '<b>&"bob' })
  const view = await say('admin', { from: 'olga', text: 'stats 7' })
  expect(plain(view.text)).toMatch(
    /The last 7 days\n1 picture · 0 failed · 0.002 credits[\s\S]*1\. <b>&"bob · 1 picture/u,
  )
  const chart = view.pictures![0]!
  const { width, height, channels } = await sharp(join(house.folder, chart.path)).metadata()
  expect([width, height]).toEqual([chart.widthPx, chart.heightPx])
  expect(channels).toBeGreaterThanOrEqual(3)
})

it('two who ask for figures at once both get them', async () => {
  const { draws, orders } = await open()
  await draws('a fox')
  const answers = await Promise.all([1, 2, 3, 4].map((days) => orders('admin', `stats ${days}`)))
  for (const answer of answers) expect(answer).toMatch(/1\. ann · 1 picture/u)
})

it('people are ranked by pictures, of which a job may have several', async () => {
  const { draws, orders } = await open()
  await draws('a fox --n 3', { from: 'ann' })
  expect(await orders('admin', 'stats 7')).toMatch(/1\. ann · 3 pictures/u)
})

it('whoever got most pictures is first, however long the engine drew for others', async () => {
  const { draws, orders } = await open()
  await draws('a fox --size 128x128 --steps 8', { from: 'ann' })
  await draws('a fox --n 2 --size 16x16 --steps 1', { from: 'bob' })
  expect(await orders('admin', 'stats 7')).toMatch(/1\. bob · 2 pictures\n2\. ann · 1 picture/u)
})

it('credits that went back, because no chat took the picture, were not spent', async () => {
  const { house, draws, orders } = await open()
  await draws('a fox', { from: 'ann' })
  const lost = house.order({ from: 'bob' })
  house.services.delivery.attach(lost.id, undefined)
  house.chat.trouble('post', 'gone')
  await house.clock.pass(PICTURE_MS)
  await house.told(lost.id, 'undeliverable')
  expect(await orders('admin', 'stats 7')).toMatch(/2 pictures · 0 failed · 0.002 credits/u)
})

it('engine use is of all engines: two that drew half a day each were in use for half of it', async () => {
  const dayMs = 86_400_000
  const chartOf = async (engines: number, computeMs: number) => {
    const { services, folder } = await createHouse({ engines })
    const bucket = { from: 0, pictures: 1, failed: 0, meanWaitMs: 0, computeMs, credits: 0 }
    const call = { services, messages: messagesIn('en') } as Call
    const { path } = await writeChart(call, { buckets: [bucket], top: [], dayMs })
    return readFileSync(join(folder, path))
  }
  expect((await chartOf(2, dayMs)).equals(await chartOf(1, dayMs / 2))).toBe(true)
  expect((await chartOf(1, dayMs)).equals(await chartOf(1, dayMs / 2))).toBe(false)
})

it("an admin is shown a person's credits as their roles have them", async () => {
  const { orders, hears } = await open()
  await orders('quota_admin', 'set role:vip 30')
  await hears('quota', { from: 'bob', roles: ['vip'] })
  expect(await orders('quota_admin', 'show bob')).toMatch(/^bob has 30 credits left/u)
})
