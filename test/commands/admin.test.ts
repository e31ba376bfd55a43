import { expect, it } from 'vitest'
import { plain } from '../../src/messages/text.ts'
import { spoilerSwitch } from '../../src/store/switches.ts'
import { houseWithAdmin } from '../support/admin.ts'

it('an order without an action is told which there are', async () => {
  const { orders } = await houseWithAdmin()
  expect(await orders('admin', '')).toBe('action is missing. It can be pause resume drain cancel stats audit')
  for (const command of ['moderate', 'quota_admin'])
    expect(await orders(command, '')).toMatch(/^action is missing\. It can be \w+ \w+/u)
})

it('a gift is told with its end, spent after the day, and gone when it says', async () => {
  const { house, orders, hears } = await houseWithAdmin()
  expect(await orders('quota_admin', 'grant ann 5 --expires 7d for the poster')).toMatch(
    /ann got 5 credits \(expires 2026-01-22/u,
  )
  expect(await hears('quota')).toMatch(/25 credits left[\s\S]*Gift credits left: 5 \(expires/u)
  await house.clock.skip(7 * 86_400_000)
  expect(await hears('quota')).toMatch(/20 credits left/u)
})

it('an order that a platform repeats is one gift, or one reset, and one row of the audit', async () => {
  const { house, hears } = await houseWithAdmin()
  const repeats = async (text: string) => {
    for (let i = 0; i < 2; i++) expect(await hears('quota_admin', { from: 'olga', key: text, text })).toMatch(/^ann/u)
  }
  await repeats('grant ann 5')
  await repeats('reset ann')
  expect(await hears('quota')).toMatch(/25 credits left/u)
  expect(house.store.audit.recent(10).map(({ action }) => action)).toEqual(['quota reset', 'quota grant'])
})

it('the most specific rule wins, and its removal gives the wider one back', async () => {
  const { orders, hears, draws } = await houseWithAdmin()
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

it('what a rule said besides stays when it is changed, and its removal leaves a row', async () => {
  const { house, orders } = await houseWithAdmin()
  await orders('quota_admin', 'set here 5')
  await orders('quota_admin', 'set here --steps 9')
  const [rule] = house.store.rules.all(house.clock.now())
  expect(rule).toMatchObject({ creditsPerDay: 5000, maxSteps: 9 })
  await orders('quota_admin', 'rules here --remove')
  expect(house.store.audit.recent(1)[0]).toMatchObject({ target: 'chat:scripted:room', details: { removed: true } })
})

it('no limit is told as such, ends when it says, and today is made whole', async () => {
  const { house, orders, hears, draws } = await houseWithAdmin()
  await orders('quota_admin', 'set ann 25')
  await orders('quota_admin', 'unlimited ann --expires 1h --waiting 3')
  expect(await hears('quota')).toMatch(/no limit/u)
  expect(await orders('quota_admin', 'show ann')).toMatch(
    /^ann has no limit\.[\s\S]*25 credits a day[\s\S]*no limit · at most 3 pictures waiting · expires/u,
  )
  await house.clock.pass(3_600_001)
  expect(await hears('quota')).toMatch(/25 credits left/u)
  expect(await orders('quota_admin', 'rules')).not.toMatch(/no limit/u)
  await orders('quota_admin', 'rules ann --remove')
  expect(await hears('quota')).toMatch(/20 credits left/u)
  await draws('a fox')
  expect(house.left()).toBeLessThan(20_000)
  await orders('quota_admin', 'reset ann')
  expect(house.left()).toBe(20_000)
})

it('who has no rule of their own is not told to be under the defaults: a wider one may hold', async () => {
  const { orders } = await houseWithAdmin()
  expect(await orders('quota_admin', 'show everyone')).toBe('everyone\nNo rule: the defaults apply.')
  await orders('quota_admin', 'set everyone 10')
  expect(await orders('quota_admin', 'show ann')).toMatch(/0 of 10 credits.*\nNo rule of their own: wider ones/u)
})

it('less than a thousandth of a credit is nothing that could be given', async () => {
  const { orders } = await houseWithAdmin()
  for (const amount of ['0', '0.0004']) {
    expect(await orders('quota_admin', `grant me ${amount}`)).toMatch(/credits must be from 0\.001 to 1000000/u)
  }
  expect(await orders('quota_admin', 'grant me 0.0006')).toMatch(/0\.001 credits/u)
})

it('every change leaves a row with who, what, whom and why', async () => {
  const { house, orders } = await houseWithAdmin()
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
  expect(await orders('moderate', 'words --remove FOO')).toMatch(/nothing to change/u)
  expect(house.store.audit.recent(1)).toMatchObject([{ action: 'moderate words', details: { removed: ['foo'] } }])
})

it('what cannot be written into the audit is not done', async () => {
  const { house, orders, say } = await houseWithAdmin()
  const { store, clock } = house
  for (const text of ['block ann', 'deny foo']) await orders('moderate', text)
  await orders('quota_admin', 'set ann 5')
  const state = () => [
    store.verdicts.all(clock.now()).length,
    store.rules.all(clock.now()).length,
    store.deniedWords.all(),
    store.switches.get(spoilerSwitch('scripted:room')),
    house.left(),
  ]
  const before = state()
  store.audit.add = () => {
    throw new Error('disk I/O error')
  }
  for (const [command, text] of [
    ['moderate', 'block here'],
    ['moderate', 'unblock ann'],
    ['moderate', 'deny bar'],
    ['moderate', 'words --remove foo'],
    ['moderate', 'spoiler here'],
    ['quota_admin', 'set here 5'],
    ['quota_admin', 'rules ann --remove'],
    ['quota_admin', 'grant ann 5'],
  ] as const)
    expect(plain((await say(command, { from: 'olga', text })).text), text).toMatch(/went wrong on our side/u)
  expect(state()).toEqual(before)
})

it('who is blocked or allowed is listed, the newest first, with until when and why, for admins alone', async () => {
  const { house, orders, hears } = await houseWithAdmin()
  expect(await orders('moderate', 'list')).toMatch(/Nobody is blocked/u)
  await orders('moderate', 'allow chat:elsewhere')
  await house.clock.pass(1)
  await orders('moderate', 'block ann --expires 2d spam')
  await orders('moderate', 'block here')
  await orders('moderate', 'unblock here')
  expect((await orders('moderate', 'list')).split('\n')).toEqual([
    expect.stringMatching(/^ann is blocked \(expires .* UTC\)\. spam$/u),
    expect.stringMatching(/^chat scripted:elsewhere is allowed\.$/u),
  ])
  expect(await hears('moderate', { from: 'mo', moderator: true, text: 'list' })).toMatch(/admins/u)
})

it('the line is paused, drained and opened again', async () => {
  const { house, orders, say, hears } = await houseWithAdmin()
  expect(await orders('admin', 'audit')).toBe('Nothing has been done yet.')
  await orders('admin', 'pause')
  const held = await say('imagine', { text: 'a fox' })
  expect(plain(held.text)).toMatch(/paused/u)
  expect(await orders('admin', 'cancel')).toMatch(/^number is missing/u)
  expect(await orders('admin', 'cancel 99')).toMatch(/no picture #99/u)
  const cancelled = await say('admin', { from: 'olga', text: `cancel ${held.job}` })
  expect([cancelled.private, plain(cancelled.text)]).toEqual([true, expect.stringMatching(/is cancelled/u)])
  expect(await orders('admin', `cancel ${held.job}`)).toMatch(/no longer in line/u)
  const rows = house.store.audit.recent(9).map(({ action, target }) => `${action} ${target}`)
  expect(rows).toEqual([`admin cancel job:${held.job}`, 'admin pause queue'])
  expect(await say('admin', { from: 'olga', text: 'audit' })).toMatchObject({ private: true })
  await orders('admin', 'drain')
  expect(await hears('imagine', { text: 'a fox' })).toMatch(/nothing new/u)
  await orders('admin', 'resume')
  expect((await say('imagine', { text: 'a fox' })).job).toBeDefined()
})

it('a paused line promises no time', async () => {
  const { orders, say, hears, draws } = await houseWithAdmin()
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
  const { orders, hears } = await houseWithAdmin()
  expect(await orders('moderate', 'deny "bad phrase", “other”, “a third”, other')).toMatch(
    /words: a third, bad phrase, other$/u,
  )
  expect(await hears('imagine', { text: 'a bad phrase' })).toMatch(/draw bad phrase here/u)
})

it("an admin is shown a person's credits as their roles and this chat have them", async () => {
  const { orders, hears } = await houseWithAdmin()
  await orders('quota_admin', 'set role:vip 30')
  await hears('quota', { from: 'bob', roles: ['vip'] })
  expect(await orders('quota_admin', 'show bob')).toMatch(/^bob has 30 credits left/u)
  await hears('quota', { from: 'bob', roles: [] })
  expect(await orders('quota_admin', 'show bob')).toMatch(/^bob has 20 credits left/u)
  await orders('quota_admin', 'set here 7')
  expect(await orders('quota_admin', 'show bob')).toMatch(/^bob has 7 credits left/u)
})

it('who sits at the machine has no limit, unless they set one', async () => {
  const { house } = await houseWithAdmin()
  let key = 0
  const hears = async (command: string, text = '') => {
    let told = ''
    const from = { platform: 'terminal', id: 'owner', name: 'owner' }
    const address = { platform: 'terminal', chat: 'here', route: null }
    await house.service.core.dispatch({ key: String(++key), command, text, from, address }, async (view) => {
      told = plain(view.text)
      return undefined
    })
    return told
  }
  expect(await hears('quota')).toMatch(/no limit/u)
  await hears('quota_admin', 'set me 5')
  expect(await hears('quota')).toMatch(/^You have 5 credits/u)
})
