import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { createTerminal } from '../../adapters/terminal/terminal.ts'
import type { Core, Incoming, MessageRef, View } from '../../src/chat.ts'
import { terminalWords } from '../../src/messages/terminal.ts'

const FORM = {
  id: 'imagine:',
  title: 'Your picture',
  fields: [{ name: 'prompt', label: 'What?', value: '', required: true, maxLength: 100 }],
}
const CTRL_C = '\u0003'
const CTRL_D = '\u0004'

/** Someone at a terminal, or at the end of a pipe, and what the core answers them. */
function sit(dispatch: Core['dispatch'], isTTY: boolean) {
  const input = new PassThrough()
  const output = Object.assign(new PassThrough(), { isTTY, columns: 80 })
  const terminal = createTerminal({
    input,
    output,
    errors: output,
    env: {},
    dataDir: '/dev/null',
    words: terminalWords.en,
    now: Date.now,
  })
  const core: Core = { dispatch, complete: () => [], languageOf: () => 'en', chatMoved: () => {} }
  const over = terminal.talk(core)
  let seen = ''
  output.on('data', (text) => {
    seen += text
  })
  /** Resolves when this has been shown, after what was waited for before. */
  let from = 0
  const sees = async (text: string): Promise<void> => {
    while (!seen.includes(text, from)) await new Promise((resolve) => output.once('data', resolve))
    from = seen.indexOf(text, from) + text.length
  }
  return { terminal, input, over, sees, all: () => seen }
}

const textOf = ({ values, text, command }: Incoming) => `${command}: ${values?.prompt ?? text}`

it('lines from a pipe are done in their order, an answered form among them', async () => {
  const asked: unknown[] = []
  const { input, over } = sit(async ({ text, values }, respond) => {
    asked.push(values ?? text)
    // The next lines are there before the answer.
    await new Promise((resolve) => setImmediate(resolve))
    await respond(values || text ? { text: ['ok'] } : { text: [], form: FORM })
  }, false)
  input.end('/imagine\na whale\na cat\n')
  await over
  expect(asked).toEqual(['', { prompt: 'a whale' }, 'a cat'])
})

it('a command goes by its Chinese name, and a wide slash and wide figures are as good as narrow ones', async () => {
  const asked: string[] = []
  const { input, over } = sit(async (said, respond) => {
    asked.push(textOf(said))
    await respond({ text: ['ok'], buttons: [[{ id: 'again:7', label: 'Again' }]] })
  }, false)
  input.end('/画图 一只狐狸\n／Help\n１\n画/一只猫\n')
  await over
  expect(asked).toEqual(['画图: 一只狐狸', 'help: ', 'again: 7', 'imagine: 画/一只猫'])
})

it('of more than nine choices each is pressed by its number', async () => {
  const asked: string[] = []
  const buttons = Array.from({ length: 12 }, (_, i) => [{ id: `show:${101 + i}`, label: `#${101 + i}` }])
  const { input, over } = sit(async (said, respond) => {
    asked.push(textOf(said))
    await respond({ text: ['yours'], ...(said.command === 'history' && { buttons }) })
  }, false)
  input.end('/history\n12\n')
  await over
  expect(asked).toEqual(['history: ', 'show: 112'])
})

it('Enter alone keeps the value that a field has, and leaves out what need not be told', async () => {
  const [prompt] = FORM.fields
  const fields = [
    { ...prompt!, value: 'a fox' },
    { ...prompt!, name: 'seed', required: false },
  ]
  const asked: Incoming['values'][] = []
  const { input, over } = sit(async ({ values }, respond) => {
    asked.push(values)
    await respond(values ? { text: ['done'] } : { text: [], form: { ...FORM, fields } })
  }, false)
  input.end('/edit 12\n\n\n')
  await over
  expect(asked).toEqual([undefined, { prompt: 'a fox', seed: '' }])
})

it('Ctrl-D while a picture is drawn ends the chat when the picture has been shown', async () => {
  const view: View = { text: ['in line'], job: 1, working: true, buttons: [[{ id: 'cancel:1', label: 'Cancel' }]] }
  let message: MessageRef | undefined
  const { terminal, input, over, sees } = sit(async (_, respond) => {
    message = await respond(view)
  }, true)
  input.write(`a whale\r${CTRL_D}`)
  await sees('in line')
  // The answer has been given, and the line it came by is closed.
  await new Promise((resolve) => setImmediate(resolve))
  await terminal.chat.update(message!, { text: ['a whale, drawn'], job: 1 })
  await over
  await sees('a whale, drawn')
  await sees(terminalWords.en.leave)
})

it('no progress is written over what somebody types', async () => {
  let message: MessageRef | undefined
  const { terminal, input, over, sees, all } = sit(async (_, respond) => {
    message = await respond({ text: ['in line'], job: 1, working: true, buttons: [[]] })
  }, true)
  const progress = (text: string) => terminal.chat.update(message!, { text: [text], job: 1, working: true })
  input.write('a whale\r')
  await sees('in line')
  await new Promise((resolve) => setImmediate(resolve))
  await progress('step 1')
  await sees('step 1')
  const before = all().length
  input.write('x')
  await sees(`${terminalWords.en.prompt}x`)
  // The line of progress is gone.
  expect(all().slice(before)).toContain('\u001b[0J')
  await progress('step 2')
  input.write('\u007f')
  await progress('step 3')
  await sees('step 3')
  expect(all()).not.toContain('step 2')
  for (const _ of ['told', 'told again']) await terminal.chat.update(message!, { text: ['drawn'], job: 1 })
  await sees('drawn')
  // Below it the prompt is there again.
  await sees(terminalWords.en.prompt)
  input.write(CTRL_D)
  await over
  expect(all().match(/drawn/gu)).toHaveLength(1)
})

it('a file that cannot be written is told', async () => {
  const file = { name: 'data.json', mime: 'application/json', content: new Uint8Array() }
  const { input, over, all } = sit(async (_, respond) => void (await respond({ text: ['here'], files: [file] })), false)
  input.end('/privacy export\n')
  await over
  expect(all()).toMatch(/ENOTDIR: .*files/u)
})

it('a command or Ctrl-C leaves a form; the next Ctrl-C leaves the chat', async () => {
  const asked: string[] = []
  const { input, over, sees } = sit(async (incoming, respond) => {
    asked.push(textOf(incoming))
    await respond(incoming.text ? { text: ['done'] } : { text: [], form: FORM })
  }, true)
  input.write('/imagine\r')
  await sees('What?')
  input.write('/show 3\r')
  await sees('done')
  input.write('/imagine\r')
  await sees('What?')
  input.write(`a wha${CTRL_C}`)
  await sees(terminalWords.en.formLeft)
  input.write('a cat\r')
  await sees('done')
  input.write(CTRL_C)
  await over
  expect(asked).toEqual(['imagine: ', 'show: 3', 'imagine: ', 'imagine: a cat'])
})
