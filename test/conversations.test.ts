import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Actor, Stage } from './support/conversation.ts'
import { createStage as createDiscordStage } from './support/discord/stage.ts'
import { ADMIN } from './support/stage-house.ts'
import { createStage as createTelegramStage } from './support/telegram/stage.ts'
import { createStage as createTerminalStage } from './support/terminal/stage.ts'

/** Every platform on which the same conversation is held. The person called `ADMIN` is an admin on each. */
const STAGES: readonly (readonly [platform: string, create: () => Promise<Stage>])[] = [
  ['terminal', createTerminalStage],
  ['discord', createDiscordStage],
  ['telegram', createTelegramStage],
]

const DONE = /drawn in/u

describe.each(STAGES)('a conversation on %s', (_platform, createStage) => {
  let stage: Stage
  let ann: Actor
  let bob: Actor
  let olga: Actor

  beforeEach(async () => {
    stage = await createStage()
    ann = stage.person('ann')
    bob = stage.person('bob')
    olga = stage.person(ADMIN)
  })
  afterEach(() => stage.close())

  const draw = async (who: Actor, prompt: string) => {
    await who.command('imagine', { prompt })
    return who.sees(new RegExp(`${prompt.split(' --', 1)[0]}[\\s\\S]*${DONE.source}`, 'u'))
  }

  it('a prompt becomes a picture with its seed, its size and what it cost', async () => {
    const seen = await draw(ann, 'a red fox --seed 7 --ar 16:9')
    expect(seen.text).toMatch(/#\d+ · 80×48 · seed 7/u)
    expect(seen.text).toMatch(/[\d.]+ credits · [\d.]+ left/u)
    expect(seen.pictures).toHaveLength(1)
    // A platform may add its own after these: Telegram, which compresses pictures, offers the file.
    expect(seen.buttons.slice(0, 5)).toEqual(['🎲 Again', '🌱 Vary', '✏️ Edit', '⭐ Save', '🗑 Delete'])
  })

  it('an unknown flag is named, and nothing is drawn', async () => {
    await ann.command('imagine', { prompt: 'a fox --colour red' })
    const seen = await ann.sees(/--colour/u)
    expect(seen.private).toBe(true)
    await ann.command('history')
    await ann.sees(/Nothing here yet/u)
  })

  it("rerolling somebody else's picture is charged to the one who pressed", async () => {
    const picture = await draw(ann, 'a red fox --seed 7')
    await ann.command('quota')
    const before = await ann.sees(/credits left/u)
    await bob.press('🎲 Again', picture)
    const again = await bob.sees(/#2[\s\S]*drawn in/u)
    expect(again.text).toMatch(/a red fox/u)
    expect(again.text).not.toMatch(/seed 7\b/u)
    expect(again.text).toMatch(/for bob$/mu)
    await bob.command('quota')
    expect((await bob.sees(/credits left/u)).text).toBe(before.text)
  })

  it('a picture is varied by a button', async () => {
    const picture = await draw(ann, 'a red fox')
    await ann.press('🌱 Vary', picture)
    const varied = await ann.sees(/vary \d+[\s\S]*drawn in/u)
    expect(varied.text).not.toMatch(/for ann/u)
    expect(varied.pictures).toHaveLength(1)
  })

  it('a picture is edited in a form that holds its words and settings', async () => {
    const picture = await draw(ann, 'a red fox --seed 7')
    await ann.press('✏️ Edit', picture)
    await ann.sees(/red fox/u)
    await ann.fill({ prompt: 'a blue fox', settings: '--seed 8' })
    const edited = await ann.sees(/a blue fox[\s\S]*drawn in/u)
    expect(edited.text).toMatch(/seed 8/u)
  })

  it('a picture in line is cancelled by its owner and by nobody else', async () => {
    await olga.command('admin', { action: 'pause' })
    await olga.sees(/paused/u)
    await ann.command('imagine', { prompt: 'a red fox' })
    const waiting = await ann.sees(/In line, place 1/u)
    await bob.command('cancel', { job: Number(/#(\d+)/u.exec(waiting.text)![1]) })
    expect((await bob.sees(/somebody else's/u)).private).toBe(true)
    await ann.press('Cancel', waiting)
    await ann.sees(/Cancelled\. Your credits are back/u)
    await ann.command('quota')
    await ann.sees(/Used today: 0 of/u)
  })

  it('whoever comes while the model sleeps is told how long it takes to wake, and gets the picture', async () => {
    const load = Promise.withResolvers<void>()
    stage.engine.sleep(load.promise)
    await ann.command('imagine', { prompt: 'a red fox' })
    await ann.sees(/a red fox[\s\S]*Waking the model, about 1[0-2] s/u)
    load.resolve()
    await ann.sees(/a red fox[\s\S]*drawn in/u)
  })

  it("one finds one's own pictures by their words, and nobody else's", async () => {
    await draw(ann, 'a red fox')
    await draw(ann, 'a blue whale')
    await ann.command('history', { search: 'whale' })
    expect((await ann.sees(/Your pictures with whale/u)).text).not.toMatch(/red fox/u)
    await bob.command('history', { search: 'whale' })
    expect((await bob.sees(/Your pictures with whale/u)).text).toMatch(/None of your prompts/u)
  })

  it('a saved picture is found among the saved ones', async () => {
    const picture = await draw(ann, 'a red fox')
    await draw(ann, 'a blue whale')
    await ann.press('⭐ Save', picture)
    await ann.sees(/is saved/u)
    await ann.command('history', { starred: true })
    const saved = await ann.sees(/Your saved pictures/u)
    expect(saved.text).toMatch(/red fox/u)
    expect(saved.text).not.toMatch(/whale/u)
  })

  it('the language is chosen by a button and kept', async () => {
    await ann.command('settings')
    const panel = await ann.sees(/Your defaults/u)
    await ann.press('中文', panel)
    await ann.sees(/你的默认设置/u)
    await ann.command('quota')
    await ann.sees(/你还有/u)
  })

  it('without credits a picture is refused with what is left, what it costs and when they refill', async () => {
    await ann.command('quota')
    await ann.sees(/credits left/u)
    await olga.command('quota_admin', { action: 'set', who: `${stage.platform}:${ann.id}`, credits: 0.003 })
    await olga.sees(/0.003 credits a day/u)
    await draw(ann, 'a red fox')
    await ann.command('imagine', { prompt: 'a red fox' })
    const refusal = await ann.sees(/This costs 0.002 credits, and you have 0.001 left/u)
    expect(refusal.text).toMatch(/refill/u)
    expect(refusal.private).toBe(true)
  })

  it('a denied word is refused as a whole word only', async () => {
    await olga.command('moderate', { action: 'deny', who: 'ass' })
    await olga.sees(/Denied words: ass/u)
    await draw(ann, 'a glass of water')
    await ann.command('imagine', { prompt: 'an Áss in a field' })
    await ann.sees(/don't draw ass/u)
  })

  it("an admin's command is refused to everybody else", async () => {
    await bob.command('admin', { action: 'pause' })
    const refusal = await bob.sees(/only for this bot's admins/u)
    expect(refusal.private).toBe(true)
    await draw(bob, 'a red fox')
  })

  it('figures are drawn for an admin', async () => {
    await draw(ann, 'a red fox')
    await olga.command('admin', { action: 'stats' })
    expect((await olga.sees(/1 picture · 0 failed/u)).pictures).toHaveLength(1)
  })

  it('a person takes their data along and deletes everything', async () => {
    await draw(ann, 'a red fox')
    await ann.command('privacy')
    const panel = await ann.sees(/store about you/u)
    await ann.press('Send me my data', panel)
    const [file] = (await ann.sees(/everything stored about you/u)).files
    expect(Buffer.from(file!.content).toString()).toMatch(/a red fox/u)
    await ann.press('Delete everything', panel)
    await ann.press('Yes, delete it for good')
    await ann.sees(/^Deleted/u)
    await ann.command('show')
    await ann.sees(/no pictures yet/u)
  })

  it('a picture is shown again with how it was made, to whoever could see it', async () => {
    const picture = await draw(ann, 'a red fox --seed 7')
    const job = Number(/#(\d+)/u.exec(picture.text)![1])
    await bob.command('show', { job })
    const shown = await bob.sees(/requested/u)
    expect(shown.text).toMatch(/a red fox[\s\S]*seed 7/u)
    expect(shown.pictures).toHaveLength(1)
  })

  it('the same picture once more is there at once and costs nothing', async () => {
    const picture = await draw(ann, 'a red fox --seed 7')
    await bob.command('reproduce', { job: Number(/#(\d+)/u.exec(picture.text)![1]) })
    await bob.sees(/seed 7[\s\S]*drawn before[\s\S]*free/u)
  })

  it('a deleted picture is gone for everybody, and only its owner can do that', async () => {
    const picture = await draw(ann, 'a red fox')
    await bob.press('🗑 Delete', picture)
    await bob.sees(/somebody else's/u)
    await ann.press('🗑 Delete', picture)
    const gone = await ann.sees(/The picture was deleted/u)
    expect(gone.pictures).toHaveLength(0)
  })

  it('several pictures are one answer, each with its seed', async () => {
    const seen = await draw(ann, 'a red fox --seed 7 --n 3')
    expect(seen.pictures).toHaveLength(3)
    expect(seen.text).toMatch(/seeds 7 8 9/u)
  })

  it('what waits is listed with its place, and taken out of the line there', async () => {
    await olga.command('admin', { action: 'pause' })
    await olga.sees(/paused/u)
    await ann.command('imagine', { prompt: 'a red fox' })
    await ann.sees(/In line/u)
    await ann.command('queue')
    const list = await ann.sees(/1 picture waiting/u)
    expect(list.text).toMatch(/a red fox · place 1/u)
    await ann.press(/^Cancel #/u, list)
    await ann.sees(/is cancelled/u)
  })

  it('help lists what a person may use, and no more', async () => {
    await ann.command('help')
    const help = await ann.sees(/\/imagine/u)
    expect(help.text).not.toMatch(/quota_admin/u)
    await olga.command('help')
    await olga.sees(/quota_admin/u)
  })
})
