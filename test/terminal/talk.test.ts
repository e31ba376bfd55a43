import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { createTerminal } from '../../adapters/terminal/terminal.ts'
import type { Core } from '../../src/chat.ts'
import { terminalWords } from '../../src/messages/terminal.ts'

const FORM = {
  id: 'imagine:',
  title: 'Your picture',
  fields: [{ name: 'prompt', label: 'What?', value: '', multiline: false, required: true, maxLength: 100 }],
}

it('lines from a pipe are done in their order, an answered form among them', async () => {
  const asked: string[] = []
  const core: Core = {
    async dispatch({ text, values }, respond) {
      const prompt = String(values?.prompt ?? text)
      asked.push(prompt)
      await respond(prompt ? { text: [prompt] } : { kind: 'form', text: [], form: FORM })
    },
    complete: () => [],
    languageOf: () => 'en',
    chatMoved: () => {},
  }
  const input = new PassThrough()
  const output = new PassThrough()
  const terminal = createTerminal({
    input,
    output,
    errors: output,
    env: {},
    dataDir: '/nowhere',
    words: terminalWords.en,
    now: Date.now,
  })
  input.end('/imagine\na whale\na cat\n')
  await terminal.talk(core)
  expect(asked).toEqual(['', 'a whale', 'a cat'])
})
