import sharp from 'sharp'
import { expect, test } from 'vitest'
import { ManualClock } from '../support/clock.ts'
import { later, setting } from './setting.ts'

test('an answer that is ready at once is the first answer, with its buttons', async () => {
  const { emulator, core } = await setting()
  core(() => ({
    text: ['queued, ', { kind: 'strong', text: '2nd' }],
    buttons: [[{ id: 'cancel:1', label: 'Cancel' }]],
  }))
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  expect(await ann.sees(/queued, 2nd/u)).toMatchObject({ buttons: ['Cancel'], private: false })
  expect(emulator.requests.filter(({ path }) => path.includes('webhooks'))).toEqual([])
})

test('while the core takes long Discord is told to wait, and the answer comes into that message', async () => {
  const { emulator, core, deferred } = await setting()
  const answer = later(core, { text: ['at last'] })
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  await deferred(ann, 1)
  answer.give()
  const message = await ann.sees(/at last/u)
  expect(ann.last().original!.id).toBe(message.id)
})

test('a private command that takes long shows nobody else that it was asked', async () => {
  const { emulator, core, deferred } = await setting()
  const answer = later(core, { text: ['for you'], private: true })
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox', private: true })
  await deferred(ann, 1)
  expect(ann.last().original!.only).toBe(ann.id)
  answer.give()
  expect((await ann.sees(/for you/u)).private).toBe(true)
})

test('who says that it is not private is answered before all, however long it takes', async () => {
  const { emulator, core, deferred } = await setting()
  const answer = later(core, { text: ['for all'] })
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox', private: false })
  await deferred(ann, 1)
  expect(ann.last().original!.only).toBeUndefined()
  answer.give()
  expect((await ann.sees(/for all/u)).private).toBe(false)
})

test.each(['--private', '—private'])('%s in the prompt is as private as the option', async (flag) => {
  const { emulator, core, deferred } = await setting()
  const answer = later(core, { text: ['for you'], private: true })
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: `a red fox ${flag} in the snow` })
  await deferred(ann, 1)
  expect(ann.last().original!.only).toBe(ann.id)
  answer.give()
  expect((await ann.sees(/for you/u)).private).toBe(true)
})

test.each([undefined, 'lost'] as const)(
  'an answer that turns out private after a public wait reaches its person alone (%s)',
  async (kind) => {
    const { emulator, core, deferred } = await setting()
    if (kind) emulator.faults.plan('DELETE', /messages/u, { kind })
    const answer = later(core, { kind: 'notice', text: ['no credits left'] })
    const ann = emulator.person('ann')
    await ann.command('imagine', { prompt: 'a red fox' })
    await deferred(ann, 1)
    answer.give()
    expect((await ann.sees(/no credits/u)).private).toBe(true)
    expect(emulator.world.messages.size).toBe(1)
  },
)

test('a private answer is seen by the one who asked only', async () => {
  const { emulator, core } = await setting()
  core(() => ({ text: ['secret'], private: true }))
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  expect((await ann.sees(/secret/u)).private).toBe(true)
})

test('a press can change the message under the finger', async () => {
  const { emulator, core, received } = await setting()
  const ann = emulator.person('ann')
  core(() => ({ text: ['queued'], buttons: [[{ id: 'cancel:12', label: 'Cancel' }]] }))
  await ann.command('imagine', { prompt: 'a red fox' })
  const before = await ann.sees(/queued/u)
  core(() => ({ kind: 'replace', text: ['cancelled'] }))
  await ann.press('Cancel')
  const after = await ann.sees(/cancelled/u)
  expect(after).toMatchObject({ id: before.id, buttons: [] })
  expect(received[1]).toMatchObject({ command: 'cancel', text: '12', pressed: { platform: 'discord' } })
})

test('a press that takes long changes its message all the same', async () => {
  const { emulator, core, deferred } = await setting()
  const ann = emulator.person('ann')
  core(() => ({ text: ['queued'], buttons: [[{ id: 'cancel:12', label: 'Cancel' }]] }))
  await ann.command('imagine', { prompt: 'a red fox' })
  const before = await ann.sees(/queued/u)
  const answer = later(core, { kind: 'replace', text: ['cancelled'] })
  await ann.press('Cancel')
  await deferred(ann, 2)
  answer.give()
  expect((await ann.sees(/cancelled/u)).id).toBe(before.id)
})

test('a press by somebody who may not is answered privately, and the message stays', async () => {
  const { emulator, core } = await setting()
  core(() => ({ text: ['queued'], buttons: [[{ id: 'cancel:12', label: 'Cancel' }]] }))
  const [ann, bob] = [emulator.person('ann'), emulator.person('bob')]
  await ann.command('imagine', { prompt: 'a red fox' })
  await bob.sees(/queued/u)
  core(() => ({ kind: 'notice', text: ['only its owner may cancel'] }))
  await bob.press('Cancel')
  expect((await bob.sees(/only its owner/u)).private).toBe(true)
  expect((await ann.sees(/./u)).text).toBe('queued')
})

test('several pictures come in one message, each as its original, with words for people who cannot see', async () => {
  const { emulator, core, picture } = await setting()
  const pictures = [await picture('1.png'), await picture('2.png'), await picture('3.png'), await picture('4.png')]
  core(() => ({ text: ['four'], pictures }))
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  const message = await ann.sees(/four/u)
  expect(message.pictures).toHaveLength(4)
  const { attachments } = emulator.world.messages.get(message.id)!
  expect(attachments.map(({ filename, description }) => [filename, description])).toContainEqual(['3.png', 'a red fox'])
})

test('a picture that is to be hidden is hidden', async () => {
  const { emulator, core, picture } = await setting()
  const shown = await picture('fox.png')
  core(() => ({ text: ['careful'], pictures: [{ ...shown, spoiler: true }] }))
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  const message = emulator.world.messages.get((await ann.sees(/careful/u)).id)!
  expect(message.attachments[0]!.filename).toBe('SPOILER_fox.png')
})

test('a picture larger than the interaction allows comes as WebP, and says so', async () => {
  const { emulator, core, picture } = await setting()
  const shown = await picture('fox.png', 256)
  core(() => ({ text: ['done'], pictures: [shown] }))
  const ann = emulator.person('ann')
  ann.next({ attachment_size_limit: 100_000 })
  await ann.command('imagine', { prompt: 'a red fox' })
  const message = await ann.sees(/Shown as WebP/u)
  expect(message.pictures[0]!.byteLength).toBeLessThan(100_000)
  expect((await sharp(message.pictures[0]).metadata()).format).toBe('webp')
})

test('files and pictures go out together', async () => {
  const { emulator, core, picture } = await setting()
  const shown = await picture('fox.png')
  const content = Buffer.from('{"jobs":[]}')
  core(() => ({
    text: ['yours'],
    pictures: [shown],
    files: [{ name: 'data.json', mime: 'application/json', content }],
  }))
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  const message = await ann.sees(/yours/u)
  expect(message.files.map(({ name, content: bytes }) => [name, String(bytes)])).toEqual([['data.json', '{"jobs":[]}']])
  expect(message.pictures).toHaveLength(1)
})

test('an update leaves nothing of the message before', async () => {
  const { emulator, core, picture, discord } = await setting()
  const shown = await picture('fox.png')
  core(async (_, respond) => {
    const ref = await respond({ text: ['done'], pictures: [shown], buttons: [[{ id: 'again:1', label: 'Again' }]] })
    await discord.chat.update(ref!, { text: ['deleted'] })
  })
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  expect(await ann.sees(/deleted/u)).toMatchObject({ pictures: [], buttons: [] })
})

test('behind a crowd people are told to wait before their turn comes, and all are answered', async () => {
  // Time stands still: nobody is told because of the time that they waited, nor has waited too long.
  const clock = new ManualClock()
  const { emulator, received, until, core } = await setting({
    discord: { clock },
    emulator: { now: () => clock.now() },
  })
  const slow = Promise.withResolvers<void>()
  core(async (_, respond) => {
    if (received.length > 60) await slow.promise
    await respond({ text: ['hello'] })
  })
  const crowd = Array.from({ length: 60 }, (_, i) => emulator.person(`person ${i}`))
  await crowd[0]!.command('imagine', { prompt: 'the first' })
  await crowd[0]!.sees(/hello/u)
  await Promise.all(crowd.map((person, i) => person.command('imagine', { prompt: `number ${i}` })))
  await until(() => received.length === 61, 'everybody')
  const late = received.at(-1)!.from.id
  const isAnswered = ({ last }: (typeof crowd)[number]) => last().original?.content === 'hello'
  await until(() => crowd.every((person) => person.id === late || isAnswered(person)), 'every answer but one')
  // Who waits already is not told so once more.
  await clock.pass(800)
  slow.resolve()
  await until(() => crowd.every(isAnswered), 'every answer')
  const told = crowd.filter((person) => person.last().original!.edits > 0)
  expect(told.length).toBeGreaterThan(10)
  // The crowd is over.
  await crowd[0]!.command('imagine', { prompt: 'the last' })
  await until(() => isAnswered(crowd[0]!), 'the last answer')
  expect(crowd[0]!.last().original!.edits).toBe(0)
})

test('more buttons than a row holds are all there', async () => {
  const { emulator, core } = await setting()
  const buttons = [Array.from({ length: 12 }, (_, i) => ({ id: `show:${i}`, label: `#${i}` }))]
  core(() => ({ text: ['yours'], buttons }))
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  expect((await ann.sees(/yours/u)).buttons).toHaveLength(12)
})

test('of more buttons and files than a message holds the first are there', async () => {
  const { emulator, core } = await setting()
  const buttons = Array.from({ length: 6 }, (_, i) => [{ id: `show:${i}`, label: `#${i}` }])
  const files = Array.from({ length: 12 }, (_, i) => ({
    name: `${i}.txt`,
    mime: 'text/plain',
    content: Buffer.from('a'),
  }))
  core(() => ({ text: ['yours'], buttons, files }))
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  const seen = await ann.sees(/yours/u)
  expect([seen.buttons.at(-1), seen.buttons.length, seen.files.at(-1)?.name]).toEqual(['#4', 5, '9.txt'])
})

test('more text than a message holds is shown all the same', async () => {
  const { emulator, core } = await setting()
  core(() => ({ text: [`${'word '.repeat(700)}end`] }))
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  expect((await ann.sees(/^word/u)).text).toMatch(/end$/u)
})

test('the longest line is cut before any other is lost', async () => {
  const { emulator, core } = await setting()
  core(() => ({ text: ['a title\n', { kind: 'typed', text: '*'.repeat(3_000) }, '\n19 left'] }))
  const ann = emulator.person('ann')
  await ann.command('imagine', { prompt: 'a red fox' })
  expect((await ann.sees(/left/u)).text).toMatch(/^a title\n\*{2000,}.*…\n19 left$/u)
})
