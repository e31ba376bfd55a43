import { expect, it } from 'vitest'
import { houseWithAdmin } from '../support/admin.ts'

it('a person is named by a mention, an id, a name or an account, and two of one name are told apart', async () => {
  const { house, orders } = await houseWithAdmin()
  for (const who of ['ann', '@Ann', 'scripted:ann'])
    expect(await orders('quota_admin', `show ${who}`)).toMatch(/^ann has 20 credits left/u)
  expect(await orders('quota_admin', 'show nobody')).toMatch(/know anyone called nobody/u)
  house.store.people.of('scripted', '77', '', 0)
  expect(await orders('quota_admin', 'show @')).toMatch(/know anyone called @/u)
  house.store.people.of('scripted', '78', 'telegram:@ann', 0)
  expect(await orders('quota_admin', 'show telegram:@ann')).toMatch(/know anyone called @ann\./u)
  expect(await orders('quota_admin', 'show 555')).toMatch(/^scripted:555 has 20 credits left/u)
  const { people, personData } = house.store
  personData.merge(people.of('other', '9', 'ann', 0), people.find('scripted', 'ann')!, 0)
  expect(await orders('quota_admin', 'show ann')).toMatch(/^ann \+ ann has 20 credits left/u)
  house.store.people.of('scripted', '123', 'ann', 0)
  expect(await orders('quota_admin', 'show ann')).toMatch(/^Several people are called ann: .*scripted:123/u)
  expect(await orders('quota_admin', 'show <@123>')).toMatch(/^ann has 20 credits left/u)
  expect(await orders('quota_admin', 'grant everyone 5')).toMatch(/can't be used on that/u)
})

it('a role, a channel and everyone are named as Discord writes them when they are picked', async () => {
  const { orders } = await houseWithAdmin()
  expect(await orders('quota_admin', 'set <@&77> --credits 5')).toMatch(/^role scripted:77: a rule/u)
  expect(await orders('quota_admin', 'set <#78> --credits 5')).toMatch(/^chat scripted:78: a rule/u)
  expect(await orders('quota_admin', 'set @everyone --credits 5')).toMatch(/^everyone: a rule/u)
  expect(await orders('moderate', 'allow <#78>')).toMatch(/^chat scripted:78 is allowed/u)
  expect(await orders('moderate', 'allow chat:other:78')).toMatch(/^chat other:78 is allowed/u)
  expect(await orders('moderate', 'block <@&77>')).toMatch(/can't be used on that/u)
})

it('the chat that it is said in, others, roles and everyone are called so in the language of who asks', async () => {
  const { hears } = await houseWithAdmin()
  const orders = (text: string) => hears('quota_admin', { from: 'olga', locale: 'zh-CN', text })
  expect(await orders('set here 5')).toMatch(/^本聊天：规则/u)
  expect(await orders('set chat:78 5')).toMatch(/^聊天 scripted:78：规则/u)
  expect(await orders('set role:77 5')).toMatch(/^身份组 scripted:77：规则/u)
  expect(await orders('rules everyone --remove')).toBe('没有需要更改的。')
  expect(await orders('set everyone 5')).toMatch(/^所有人：规则/u)
  expect(await hears('moderate', { from: 'olga', text: 'allow here' })).toBe('this chat is allowed.')
})

it('everyone, the chat and oneself go by their Chinese names, and so does how long something holds', async () => {
  const { hears } = await houseWithAdmin()
  const says = (command: string, text: string) => hears(command, { from: 'olga', locale: 'zh-CN', text })
  expect(await says('额度管理', '设定规则 所有人 5')).toMatch(/^所有人：规则 · 每天 5 点/u)
  expect(await says('quota_admin', '查看 我')).toMatch(/^olga 还有 5 点额度/u)
  expect(await says('moderate', '封禁 本聊天 --期限 2周')).toMatch(/^本聊天 已被封禁，2026-01-29 12:00 UTC 到期。$/u)
  expect(await hears('moderate', { locale: 'zh-CN', moderator: true, text: '解封 这里' })).toMatch(/管理员定的/u)
  expect(await hears('moderate', { locale: 'zh-CN', moderator: true, text: '封禁 鲍勃' })).toBe(
    '你只能对 本聊天 执行 封禁。',
  )
  for (const [typed, until] of [
    ['３０分钟', '2026-01-15 12:30'],
    ['12 小时', '2026-01-16 00:00'],
    ['1个星期', '2026-01-22 12:00'],
    ['7D', '2026-01-22 12:00'],
    ['两周', '2026-01-29 12:00'],
    ['三个小时', '2026-01-15 15:00'],
  ])
    expect(await says('moderate', `allow here --expires="${typed}"`)).toContain(`${until} UTC 到期`)
  expect(await says('moderate', 'allow here --expires 永远')).toBe('永远 不是有效的时长。试试 30分钟 12小时 7天 2周')
  expect(await hears('settings', { from: 'olga', locale: 'zh-CN', text: '--语言 英文' })).toMatch(/^Your defaults/u)
  expect(await hears('settings', { from: 'olga', locale: 'zh-CN', text: '--语言 中文' })).toMatch(/^你的默认设置/u)
  expect(await says('额度管理', '')).toBe('缺少 操作。可以是 查看 设定规则 赠送额度 恢复今日额度 不限量 所有规则')
})

it('a name is known without the marks in it that nobody sees and that turn round what stands after it', async () => {
  const { orders, say } = await houseWithAdmin()
  await say('quota', { from: '\u202eعلي\u200f' })
  expect(await orders('quota_admin', 'show علي')).toMatch(/^علي has 20 credits left/u)
})
