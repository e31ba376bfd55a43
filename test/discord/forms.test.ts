import { expect, test } from 'vitest'
import type { View } from '../../src/chat.ts'
import { later, setting } from './setting.ts'

const edit: View = {
  text: [],
  form: {
    id: 'edit:12',
    title: 'A title that is longer than the forty-five characters Discord shows',
    fields: [
      { name: 'prompt', label: 'Prompt', value: 'a red fox', required: true, maxLength: 2_000 },
      { name: 'seed', label: 'Seed', value: '', required: false, maxLength: 10 },
    ],
  },
}

test('a form opens with its values filled in, and comes back with what was changed', async () => {
  const { emulator, core, received, until } = await setting()
  const ann = emulator.person('ann')
  core(() => ({ text: ['done'], buttons: [[{ id: 'edit:12', label: '✏️ Edit' }]] }))
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.sees(/done/u)
  core(() => edit)
  await ann.press(/Edit/u)
  await until(() => received.length === 2, 'the press')
  core(() => ({ text: ['again'] }))
  await ann.fill({ seed: '7' })
  await ann.sees(/again/u)
  expect(received[2]).toMatchObject({ command: 'edit', text: '12', values: { prompt: 'a red fox', seed: '7' } })
})

test('a value that is longer than its field opens all the same, cut', async () => {
  const { emulator, core, received, until } = await setting()
  const ann = emulator.person('ann')
  const field = { ...edit.form!.fields[0]!, value: 'a'.repeat(4_001), maxLength: 5_000 }
  core(() => ({ text: [], form: { ...edit.form!, fields: [field] } }))
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.fill({})
  await until(() => received.length === 2, 'the form')
  expect(received[1]!.values).toEqual({ prompt: `${'a'.repeat(3_999)}…` })
})

test('a form without words is answered with a word: Discord takes no second form', async () => {
  const { emulator, core, received, until } = await setting()
  const ann = emulator.person('ann')
  core(() => edit)
  await ann.command('imagine', { prompt: ' ' })
  await until(() => received.length === 1, 'the command')
  await ann.fill({ seed: '7' })
  expect((await ann.sees(/no prompt/u)).private).toBe(true)
})

test('a form that comes too late asks to press again', async () => {
  const { emulator, core, deferred } = await setting()
  const ann = emulator.person('ann')
  core(() => ({ text: ['done'], buttons: [[{ id: 'edit:12', label: 'Edit' }]] }))
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.sees(/done/u)
  const answer = later(core, edit)
  await ann.press('Edit')
  await deferred(ann, 2)
  answer.give()
  expect((await ann.sees(/press again/u)).private).toBe(true)
})
