import { expect, it } from 'vitest'
import { plain } from '../../src/messages/text.ts'
import { findOwnPictures } from '../../src/own-pictures.ts'
import { styleIds } from '../../src/styles.ts'
import { copies } from '../support/drawn.ts'
import { STAND_IN } from '../support/engine.ts'
import { createHouse } from '../support/house.ts'
import { createSpeaker } from '../support/speaker.ts'

const open = async () => {
  const house = await createHouse()
  return { house, ...createSpeaker(house) }
}

it('history turns its pages by buttons, five pictures each, in place', async () => {
  const { say } = await open()
  for (let i = 1; i <= 7; i++) await say('imagine', { text: `fox ${i}` })
  const first = await say('history')
  expect(plain(first.text).match(/#\d+/gu)).toEqual(['#7', '#6', '#5', '#4', '#3'])
  const next = first.buttons![1]!.find((button) => button.label.includes('Older'))!
  expect(next.id).toBe('history:--page 2')
  const second = await say('history', { text: '--page 2', pressed: { platform: 'scripted', ref: 1 } })
  expect(second.kind).toBe('replace')
  expect(plain(second.text).match(/#\d+/gu)).toEqual(['#2', '#1'])
  expect(second.buttons![1]!.map((button) => button.id)).toEqual(['history:--page 1'])
})

it('help in Chinese tells what may be typed in Chinese', async () => {
  const { hears } = await open()
  const told = await hears('帮助', { text: '/画图', locale: 'zh-CN' })
  expect(told).toMatch(/^提示词 画什么 · 必填$/mu)
  expect(told).toMatch(/^--种子、--seed /mu)
  expect(told).toMatch(/^--风格、--style 绘画风格 · 写实人像、复杂场景、/mu)
})

it("help on a picture's settings tells one's own defaults, and the loaded model's for the rest", async () => {
  const { say, hears } = await open()
  const told = await hears('help', { text: 'imagine' })
  for (const part of [
    /--steps .* · 1–50 · default 4\n/u,
    /--size .* · default 64x64\n/u,
    /--guidance, --cfg .* · default 0\n/u,
  ])
    expect(told).toMatch(part)
  await say('settings', { text: '--aspect 16:9 --count 2' })
  const own = await hears('help', { text: 'imagine' })
  expect(own).toMatch(/--size .* · default 80x48\n/u)
  expect(own).toMatch(/--count, --n .* · 1–4 · default 2\n/u)
})

it('help on a command tells every flag that help shows, short ones too', async () => {
  const { hears } = await open()
  const shown = (await hears('help')).match(/--[a-z]+/gu)
  const told = await hears('help', { text: 'imagine' })
  expect(shown).toEqual(['--ar', '--seed', '--n'])
  for (const flag of shown!) expect(told.split(/[\s,]+/u)).toContain(flag)
})

it('help lists nothing that is reached by buttons alone', async () => {
  const { hears } = await open()
  expect(await hears('help')).not.toMatch(/\/(edit|remove)\b/u)
  expect(await hears('help', { text: 'edit' })).toMatch(/I don't know \/edit/u)
})

it('a code joins one account, typed in whatever letters, and no second one', async () => {
  const { hears } = await open()
  const code = /CODE\d+/u.exec(await hears('link'))![0].toLowerCase()
  expect(await hears('link', { from: 'ann2', text: code })).toMatch(/share your credits/u)
  expect(await hears('link', { from: 'eve', text: code })).not.toMatch(/share your credits/u)
})

it('past the end of the history it says how many pages there are, and turns back to the last', async () => {
  const { say, hears } = await open()
  expect(await hears('history', { text: '--page 9' })).toMatch(/Nothing here yet/u)
  expect((await say('history', { text: '--page 9' })).buttons).toEqual([])
  for (let i = 1; i <= 7; i++) await say('imagine', { text: `${i % 2 ? 'fox' : 'owl'} ${i}` })
  await say('save', { text: '1' })
  expect(await hears('history', { text: '--page 9' })).toMatch(/There are only 2 pages\.$/u)
  expect((await say('history', { text: '--page 9' })).buttons!.flat().map(({ id }) => id)).toEqual(['history:--page 2'])
  for (const text of ['--page 2 fox', '--page 2 --starred', '--page 2 --starred fox'])
    expect(await hears('history', { text })).toMatch(/There is only 1 page\.$/u)
  expect(await hears('history', { text: '--page 2 --starred owl' })).toMatch(/None of your saved pictures/u)
})

it('a picture is told of in the language that its person reads now', async () => {
  const { draws, say, hears } = await open()
  await draws('a fox --seed 7')
  await say('settings', { text: '--language zh' })
  expect(await hears('show', { text: '1' })).toMatch(/种子 7[\s\S]*提交于/u)
})

it('a deleted picture can be drawn anew, but neither saved nor deleted', async () => {
  const { draws, say, hears } = await open()
  await draws('a fox')
  const ids = async () => (await say('show', { text: '1' })).buttons!.flat().map(({ id }) => id)
  expect(await ids()).toEqual(['again:1', 'vary:1', 'edit:1', 'save:1', 'remove:1'])
  await say('save', { text: '1' })
  await say('remove', { text: '1' })
  expect(await ids()).toEqual(['again:1', 'vary:1', 'edit:1'])
  expect(await hears('save', { text: '1' })).toMatch(/no longer saved/u)
  expect(await hears('save', { text: '1' })).toMatch(/no picture that could be saved/u)
})

it('saved pictures can be searched', async () => {
  const { say, hears } = await open()
  for (const text of ['fox 1', 'fox 2', 'boat 3']) await say('imagine', { text })
  expect(await hears('history', { text: '--starred' })).toMatch(/Nothing saved yet: ⭐/u)
  for (const job of [1, 3]) await say('save', { text: String(job) })
  await say('save', { text: '2', from: 'bob' })
  const found = await hears('history', { text: 'fox --starred' })
  expect(found).toMatch(/^Your saved pictures with fox/u)
  expect(found.match(/#\d+/gu)).toEqual(['#1'])
})

it("one's own pictures are found however many there are, the newest first, but for those that are gone", async () => {
  const { house, draws } = await open()
  const job = await draws('a fox')
  const jobs = [job, ...copies(house, job, 60, 1)].reverse()
  const find = (maxJobs: number) => [...findOwnPictures(house.store, 'scripted', 'ann', '', maxJobs)]
  expect(find(100).map((found) => found.job)).toEqual(jobs)
  expect(find(50)).toHaveLength(50)
  house.store.pictures.markDeleted(jobs[7]!, 0)
  expect(find(100).map((found) => found.job)).toEqual(jobs.filter((one) => one !== jobs[7]))
  expect([...findOwnPictures(house.store, 'scripted', 'bob', '', 100)]).toEqual([])
})

it('no button is longer than a platform takes, whatever was searched for', async () => {
  const { say } = await open()
  for (let i = 1; i <= 7; i++) await say('imagine', { text: '一只狐狸在雪地里奔跑追逐蝴蝶' })
  for (const search of ['狐狸', '一只狐狸在雪地里奔跑追逐蝴蝶']) {
    const view = await say('history', { text: search })
    const ids = view.buttons!.flat().map((button) => Buffer.byteLength(button.id))
    expect(Math.max(...ids)).toBeLessThanOrEqual(64)
    expect(view.buttons!.length === 2 || plain(view.text).includes('--page 2')).toBe(true)
  }
})

it('own defaults are used, and taken back', async () => {
  const { house, say } = await open()
  await say('settings', { text: '--aspect 16:9 --count 2 --style ink' })
  const { job } = await say('imagine', { text: 'a fox' })
  expect(house.job(job!)).toMatchObject({ style: 'ink', request: { widthPx: 80, heightPx: 48, count: 2 } })
  await say('settings', { text: '--style none --aspect none' })
  const { job: plainJob } = await say('imagine', { text: 'a fox' })
  expect(house.job(plainJob!).request).toMatchObject({ prompt: 'a fox', widthPx: 64, heightPx: 64 })
  const { settings } = house.store
  const { person } = house.job(plainJob!)
  expect(settings.all(person)).toEqual({ count: '2' })
  // As after an upgrade.
  settings.set(person, 'count', '9')
  expect(house.job((await say('imagine', { text: 'a fox' })).job!).request.count).toBe(1)
})

it('the styles turn in a circle, and no two buttons of the panel do the same', async () => {
  const { say } = await open()
  const pressed = { platform: 'scripted', ref: 1 }
  let panel = await say('settings')
  const seen = new Set<string>()
  for (let i = 0; i <= styleIds.length; i++) {
    const ids = panel.buttons!.flat().map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const { id } = panel.buttons!.flat().find(({ label }) => label === '›')!
    seen.add(id)
    panel = await say('settings', { text: id.slice(id.indexOf(':') + 1), pressed })
  }
  expect([...seen]).toEqual(styleIds.map((style) => `settings:--style ${style}`))
})

it('who wants it has their pictures covered, and nobody else', async () => {
  const { house, draws, say, hears } = await open()
  const covered = async (from: string) => {
    const job = await draws('a fox', { from })
    const { pictures = [] } = [...house.chat.messages.values()].findLast(({ view }) => view.job === job)!.view
    return pictures.map(({ spoiler }) => spoiler ?? false)
  }
  const toggle = async () => (await say('settings')).buttons!.flat().find(({ label }) => label.includes('Cover'))!
  expect(await toggle()).toMatchObject({ id: 'settings:--spoiler on', label: 'Cover my pictures' })
  expect(await hears('settings', { text: '--spoiler on' })).toMatch(/covered/u)
  expect(await toggle()).toMatchObject({ id: 'settings:--spoiler off', label: '✓ Cover my pictures' })
  expect(await covered('ann')).toEqual([true])
  expect(await covered('bob')).toEqual([false])
  await say('settings', { text: '--spoiler off' })
  expect(await covered('ann')).toEqual([false])
})

it('a picture of a size that the model never learnt says so', async () => {
  const profile = { ...STAND_IN.profile, learntEdgesPx: [64, 128] }
  const { draws, hears } = createSpeaker(await createHouse({ engine: () => ({ info: { profile } }) }))
  const shows = async (prompt: string) => hears('show', { text: String(await draws(prompt)) })
  expect(await shows('a fox --ar 16:9')).toMatch(/Stand-in only learnt to draw 64×64 and 128×128/u)
  for (const size of ['256x256', '64x128']) expect(await shows(`a fox --size ${size}`)).toMatch(/come out odd/u)
  expect(await shows('a fox')).not.toMatch(/learnt/u)
  expect(await shows('a fox --size 128x128')).not.toMatch(/learnt/u)
})

it('a negative prompt that does nothing is said to be ignored', async () => {
  const { house, draws, hears } = await open()
  const job = await draws('a fox --no blur')
  expect(await hears('show', { text: String(job) })).toMatch(/Stand-in can.t use negative prompts/u)
  expect(house.job(job).request.negativePrompt).toBe('blur')
})

it('of many waiting pictures the five that come first have a button: a row holds no more', async () => {
  const { say } = await open()
  for (let i = 1; i <= 7; i++) await say('imagine', { text: `fox ${i}` })
  const { buttons } = await say('queue')
  expect(buttons!.map((row) => row.map(({ id }) => id))).toEqual([[1, 2, 3, 4, 5].map((job) => `cancel:#${job}`)])
})

it("a picture made from somebody else's names who asked, but for one with another account here, whose name it might be", async () => {
  const { draws, hears } = await open()
  const job = await draws('a fox', { from: 'bob' })
  expect(await hears('again', { text: `${job}` })).toMatch(/ · for ann$/mu)
  const code = /CODE\d+/u.exec(await hears('link'))![0]
  await hears('link', { from: 'secret ann', text: code })
  expect(await hears('again', { text: `${job}` })).not.toMatch(/for /u)
})
