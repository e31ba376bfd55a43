import { expect, it } from 'vitest'
import type { View } from '../../src/chat.ts'
import { plain } from '../../src/messages/text.ts'
import { createHouse } from '../support/house.ts'
import { createSpeaker } from '../support/speaker.ts'

const open = async (env: Readonly<Record<string, string>> = {}) => {
  const house = await createHouse({ env: { ADMINS: 'scripted:olga', ...env } })
  return { house, ...createSpeaker(house) }
}

it('a private picture is as if it were not there for everybody else', async () => {
  const { draws, hears } = await open()
  const job = await draws('a fox --private')
  for (const command of ['show', 'again', 'vary', 'save', 'edit', 'remove', 'cancel', 'reproduce']) {
    expect(await hears(command, { from: 'bob', text: String(job) })).toBe(
      `There is no picture #${job} that you can see here.`,
    )
  }
})

it('words that others in a chat have not seen are marked as a secret there, and so is a code', async () => {
  const { house, draws, say } = await open()
  const [open_, secret, elsewhere] = [
    await draws('a fox'),
    await draws('a wolf --private'),
    await draws('a bear', { chat: 'elsewhere' }),
  ]
  const isSecret = async (command: string, text = '') => (await say(command, { text })).secret ?? false
  for (const command of ['edit', 'show']) {
    expect(await isSecret(command, String(open_))).toBe(false)
    for (const job of [secret, elsewhere]) expect(await isSecret(command, String(job))).toBe(true)
  }
  expect(await isSecret('history', 'fox')).toBe(false)
  for (const words of ['', 'wolf', 'bear']) expect(await isSecret('history', words)).toBe(true)
  expect(await isSecret('link')).toBe(true)

  house.services.queue.pause()
  await say('imagine', { text: 'a fox' })
  expect(await isSecret('queue')).toBe(false)
  await say('imagine', { text: 'a wolf --private' })
  expect(await isSecret('queue')).toBe(true)
})

it('Cancel on the message of a job that waits shows its end there; in a list it is a word on the side', async () => {
  const { house, say } = await open()
  house.services.queue.pause()
  const pressed = { platform: 'scripted', ref: 1 }
  const cancel = async (prefix: string) => {
    const { job } = await say('imagine', { text: 'a fox' })
    const { kind, text } = await say('cancel', { text: `${prefix}${job}`, pressed })
    return [kind, plain(text).split('\n').at(-1)]
  }
  expect(await cancel('')).toEqual(['replace', 'Cancelled. Your credits are back.'])
  expect(await cancel('#')).toEqual(['notice', 'Picture #2 is cancelled.'])
})

it('Cancel on the message of a job that has ended shows how it stands; in a list it is a word on the side', async () => {
  const { draws, say } = await open()
  const job = await draws('a fox')
  const pressed = { platform: 'scripted', ref: 1 }
  const shown = await say('cancel', { text: String(job), pressed })
  expect(shown).toMatchObject({ kind: 'replace', pictures: [{ seed: expect.any(Number) }] })
  expect(shown.buttons!.flat().map(({ id }) => id)).not.toContain(`cancel:${job}`)
  for (const from of [{ text: `#${job}`, pressed }, { text: String(job) }])
    expect(plain((await say('cancel', from)).text)).toMatch(/no longer in line/u)
})

it('what /show tells of a picture that is being drawn is no message that is kept up to date', async () => {
  const { say } = await open()
  const { job } = await say('imagine', { text: 'a fox' })
  const { job: told, working, computing } = await say('show', { text: String(job) })
  expect([told, working, computing]).toEqual([undefined, false, false])
})

it("another chat's picture is as if it were not there", async () => {
  const { draws, hears } = await open()
  const job = await draws('a fox')
  expect(await hears('show', { from: 'bob', chat: 'elsewhere', text: String(job) })).toMatch(/no picture/u)
  expect(await hears('show', { from: 'bob', text: String(job) })).toMatch(/a fox/u)
  expect(await hears('show', { from: 'ann', chat: 'elsewhere', text: String(job) })).toMatch(/a fox/u)
})

it('what an admin makes of a picture that is not theirs to show stays private', async () => {
  const { house, draws, say } = await open()
  const job = await draws('a fox', { chat: 'elsewhere' })
  const { job: again } = await say('again', { from: 'olga', text: String(job) })
  expect(house.job(again!).private).toBe(true)
  const { job: edited } = await say('edit', { from: 'olga', text: String(job), values: { prompt: 'a hen' } })
  expect(house.job(edited!).private).toBe(true)
  const { job: own } = await say('again', { text: String(job) })
  expect(house.job(own!).private).toBe(false)
})

it("somebody else's picture is deleted by a moderator of its chat and by nobody else, and that is in the audit", async () => {
  const { house, draws, hears } = await open()
  const job = await draws('a fox')
  expect(await hears('remove', { from: 'bob', text: String(job) })).toMatch(/somebody else's/u)
  expect(house.store.pictures.ofJob(job)[0]?.deletedAt).toBeUndefined()
  for (let i = 0; i < 2; i++) await hears('remove', { from: 'mo', moderator: true, text: String(job) })
  expect(house.store.pictures.ofJob(job)[0]?.deletedAt).toBeDefined()
  expect([house.services.pictures.bytes(), house.store.pictures.totalBytes()]).toEqual([0, 0])
  expect(house.store.audit.recent(1)[0]).toMatchObject({ actor: 'scripted:mo', action: 'remove', target: `job:${job}` })
})

it('🗑 shows where it was pressed, and in the message of the picture, that it is gone; what was not drawn has none', async () => {
  const { house, draws, say, hears } = await open()
  const job = await draws('a fox', { locale: 'zh-CN' })
  const message = [...house.chat.messages.values()].findLast(({ view }) => view.job === job)!
  expect(message.view.pictures).toHaveLength(1)
  const pressed = await say('remove', { text: String(job), pressed: { platform: 'scripted', ref: 99 } })
  await house.clock.pass(0)
  expect(pressed).toMatchObject({ kind: 'replace', pictures: [] })
  for (const { text } of [pressed, message.view]) expect(plain(text)).toMatch(/这张图已被删除/u)

  const { job: waiting } = await say('imagine', { text: 'a hen' })
  expect(await hears('remove', { text: String(waiting) })).toMatch(/has no picture to delete/u)
})

it('who looks after a chat closes it and opens it, and decides about nothing else', async () => {
  const { hears, say } = await open()
  const mo = { from: 'mo', moderator: true }
  await hears('quota', { from: 'bob' })
  expect(await hears('moderate', { ...mo, text: 'block bob' })).toMatch(/only for here/u)
  expect(await hears('moderate', { ...mo, text: 'deny fox' })).toContain('/moderate deny is only for this bot')
  expect(await hears('moderate', { from: 'bob', text: 'block here' })).toMatch(/this chat's moderators/u)
  await hears('moderate', { ...mo, text: 'block here too loud' })
  expect(await hears('imagine', { text: 'a fox' })).toMatch(/don't draw in this chat.*too loud/u)
  expect((await say('imagine', { text: 'a fox', chat: 'elsewhere' })).job).toBeDefined()
  await hears('moderate', { ...mo, text: 'unblock here' })
  expect((await say('imagine', { text: 'a fox' })).job).toBeDefined()
})

it('who looks after a chat has its pictures covered, that chat alone, and that is in the audit', async () => {
  const { house, draws, say, hears } = await open()
  const job = await draws('a fox')
  const other = await draws('a fox', { chat: 'elsewhere' })
  const covered = async (id: number) => (await say('show', { text: String(id) })).pictures![0]!.spoiler ?? false
  const mo = { from: 'mo', moderator: true }
  expect(await hears('moderate', { from: 'bob', text: 'spoiler here' })).toMatch(/this chat's moderators/u)
  expect(await hears('moderate', { ...mo, text: 'spoiler chat:elsewhere' })).toMatch(/only for here/u)
  expect(await hears('moderate', { from: 'olga', text: 'spoiler me' })).toMatch(/another target/u)
  expect(await covered(job)).toBe(false)
  expect(await hears('moderate', { ...mo, text: 'spoiler' })).toMatch(/are covered/u)
  expect(await covered(job)).toBe(true)
  expect(await covered(other)).toBe(false)
  expect(house.store.audit.recent(1)[0]).toMatchObject({
    actor: 'scripted:mo',
    action: 'moderate spoiler',
    target: 'chat:scripted:room',
  })
  expect(await hears('moderate', { ...mo, text: 'spoiler here' })).toMatch(/nothing to change/u)
  expect(await hears('moderate', { ...mo, text: 'unspoiler here' })).toMatch(/at once/u)
  expect(await covered(job)).toBe(false)
})

it('a picture of a chat for adults is covered wherever else it is shown or made anew, and not there', async () => {
  const { house, draws, say } = await open()
  const cellar = { chat: 'cellar', ageRestricted: true }
  const first = await draws('a fox', cellar)
  const covered = ({ pictures }: View) => pictures!.map(({ spoiler }) => spoiler ?? false)
  const posted = async (job: number) => {
    const done = house.becomes(job, 'succeeded')
    await house.clock.pass(60_000)
    await done
    await house.clock.pass(1000)
    return covered([...house.chat.messages.values()].findLast(({ view }) => view.job === job)!.view)
  }
  expect(await posted(first)).toEqual([false])
  expect(covered(await say('show', { ...cellar, text: String(first) }))).toEqual([false])
  expect(covered(await say('show', { text: String(first) }))).toEqual([true])

  const outside = (await say('again', { text: String(first) })).job!
  expect(await posted(outside)).toEqual([true])
  const further = (await say('reproduce', { text: String(outside) })).job!
  expect(await posted(further)).toEqual([true])
  expect(covered(await say('show', { ...cellar, text: String(further) }))).toEqual([false])
  expect(await posted((await say('again', { ...cellar, text: String(first) })).job!)).toEqual([false])
  expect(await posted(await draws('a fox'))).toEqual([false])
})

it("a moderator cannot undo an admin's word about the chat, nor that of whoever sits at the machine", async () => {
  const { house, hears } = await open()
  await hears('moderate', { from: 'mo', moderator: true, text: 'block here' })
  await hears('moderate', { from: 'olga', text: 'block here' })
  expect(await hears('moderate', { from: 'mo', moderator: true, text: 'unblock here' })).toMatch(/admins decided/u)
  expect(await hears('moderate', { from: 'mo', moderator: true, text: 'block here --expires 1m' })).toMatch(/admins/u)
  const chat = { scope: 'chat', key: 'scripted:room' } as const
  const by = { actor: 'terminal:owner', reason: undefined, at: 0, expiresAt: undefined }
  house.store.verdicts.put({ ...chat, verdict: 'blocked', ...by })
  expect(await hears('moderate', { from: 'mo', moderator: true, text: 'unblock here' })).toMatch(/admins decided/u)
})

it("somebody else's waiting picture is cancelled by a moderator of its chat, and that is in the audit", async () => {
  const { house, say, hears } = await open()
  const { job } = await say('imagine', { text: 'a fox' })
  expect(await hears('cancel', { from: 'bob', text: String(job) })).toMatch(/somebody else's/u)
  for (let i = 0; i < 2; i++) await hears('cancel', { from: 'mo', moderator: true, text: String(job) })
  expect(house.store.audit.recent(1)[0]).toMatchObject({ actor: 'scripted:mo', action: 'cancel', target: `job:${job}` })
  const { job: own } = await say('imagine', { text: 'a fox' })
  await hears('cancel', { text: String(own) })
  expect(house.store.audit.recent(9)).toHaveLength(1)
})

it('a blocked person is told why and until when, and may ask again after it', async () => {
  const { house, hears, say } = await open()
  await hears('quota', { from: 'bob' })
  await hears('moderate', { from: 'olga', text: 'block bob spam' })
  await hears('moderate', { from: 'olga', text: 'block bob --expires 2h flooding' })
  expect(await hears('imagine', { from: 'bob', text: 'a fox' })).toMatch(/can't ask.*ends 2026.*flooding/u)
  await house.clock.pass(2 * 3_600_000 + 1)
  expect(await hears('moderate', { from: 'olga', text: 'list' })).toMatch(/Nobody is blocked/u)
  expect((await say('imagine', { from: 'bob', text: 'a fox' })).job).toBeDefined()
})

it('where only allowed chats are served, an admin allows them', async () => {
  const { hears, say } = await open({ CHATS: 'allowed' })
  expect(await hears('imagine', { text: 'a fox' })).toMatch(/don't draw in this chat/u)
  expect(await hears('moderate', { from: 'mo', moderator: true, text: 'allow bob' })).toMatch(
    /allow is only for this bot's admins/u,
  )
  expect((await say('imagine', { from: 'olga', text: 'a fox' })).job).toBeDefined()
  await hears('quota', { from: 'bob' })
  await hears('moderate', { from: 'olga', text: 'allow bob' })
  expect((await say('imagine', { from: 'bob', text: 'a fox' })).job).toBeDefined()
  expect(await hears('imagine', { text: 'a fox' })).toMatch(/don't draw in this chat/u)
  await hears('moderate', { from: 'olga', text: 'allow here' })
  expect((await say('imagine', { text: 'a fox' })).job).toBeDefined()
})

it('a denied word is refused in what is to be left out, too', async () => {
  const { hears } = await open()
  await hears('moderate', { from: 'olga', text: 'deny snow' })
  expect(await hears('imagine', { text: 'a fox --no snow' })).toMatch(/draw snow here/u)
})
