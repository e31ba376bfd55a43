import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { createChoices } from '../../adapters/terminal/choices.ts'
import { printOnce } from '../../adapters/terminal/print-once.ts'
import { createScreen } from '../../adapters/terminal/screen.ts'
import { showView } from '../../adapters/terminal/show-view.ts'
import { terminalWords } from '../../src/messages/terminal.ts'

const liveScreen = (env: Record<string, string>) => {
  const output = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true })
  const screen = createScreen(output, env)
  const choices = createChoices()
  const deps = { screen, choices, env, dataDir: '/nowhere', words: terminalWords.en, output, errors: output }
  return { deps: { ...deps, tookMs: () => 0 }, printed: () => String(output.read()) }
}

it.each([
  [{}, '\r\u001b[Kseed \u001b[36m7\u001b[39m\n'],
  [{ NO_COLOR: '1' }, '\r\u001b[Kseed 7\n'],
  [{ TERM: 'dumb' }, 'seed 7\n'],
])('where the environment is %j, a line is %j', async (env, line) => {
  const { deps, printed } = liveScreen(env)
  await showView(deps, { text: ['seed ', { kind: 'code', text: '7' }] }, { platform: 'terminal', ref: '' })
  expect(printed()).toBe(line)
})

it('a refusal takes the place of the line of progress', async () => {
  const { deps, printed } = liveScreen({})
  const drawing = { text: ['Drawing'], working: true }
  // What is there already is not written again.
  for (const view of [drawing, drawing]) await printOnce(deps, { json: false }, view, false)
  await printOnce(deps, { json: false }, { text: ['Cancelled.'] }, false)
  expect(printed()).toBe('\r\u001b[KDrawing\r\u001b[KCancelled.\n')
})
