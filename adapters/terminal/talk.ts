import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { type Core, type Form, type Incoming, idParts, type MessageRef, type View } from '../../src/chat.ts'
import type { Board } from './board.ts'
import type { createChoices } from './choices.ts'
import type { Output, Screen } from './screen.ts'
import type { TerminalWords } from './words.ts'

export interface TalkDeps {
  readonly core: Core
  readonly board: Board
  readonly choices: ReturnType<typeof createChoices>
  readonly screen: Screen
  readonly input: Readable
  readonly output: Output
  readonly words: TerminalWords
  /** The rest of an event of this person, now. */
  readonly event: () => Pick<Incoming, 'key' | 'from' | 'address' | 'at'>
  /** Cancels the newest job. False: there was none left to cancel. */
  readonly interrupt: () => boolean
}

interface Asking {
  readonly form: Form
  readonly values: Record<string, string>
  readonly message: MessageRef | undefined
}

/**
 * A chat in a terminal: a line that starts with `/` is a command, a number presses the choice of that number, and any
 * other text is a prompt. Resolves when the person leaves; where input merely ends, when what they asked for is done.
 */
export async function talk(deps: TalkDeps): Promise<void> {
  const { core, board, choices, screen, words } = deps
  let asking: Asking | undefined

  const send = (act: Pick<Incoming, 'command' | 'text' | 'values' | 'pressed'>): Promise<void> =>
    core.dispatch({ ...deps.event(), ...act }, async (view) => {
      if (view.kind === 'form' && view.form) {
        asking = { form: view.form, values: {}, message: act.pressed }
        await askNext(view)
        return undefined
      }
      const message = await board.answer(view, act.pressed)
      return view.kind === 'notice' ? undefined : message
    })

  const askNext = async (view?: View): Promise<void> => {
    if (!asking) return
    const { form, values } = asking
    const field = form.fields.find(({ name }) => !Object.hasOwn(values, name))
    if (!field) {
      const message = asking.message
      asking = undefined
      return send({ ...idParts(form.id), values, ...(message && { pressed: message }) })
    }
    const title = view ? `${form.title}\n` : ''
    screen.print(`${title}${field.label}${field.value ? ` (${words.keep}): ${field.value}` : ':'}`)
  }

  const take = async (line: string): Promise<void> => {
    if (asking) {
      const { form, values } = asking
      const field = form.fields.find(({ name }) => !Object.hasOwn(values, name))!
      const value = line.trim() || field.value
      if (value || !field.required) values[field.name] = value
      return askNext()
    }
    const text = line.trim()
    if (text === '') return
    if (/^\d{1,6}$/u.test(text)) {
      const choice = choices.get(Number(text))
      if (!choice) return screen.print(words.noSuchChoice)
      return send({ ...idParts(choice.button.id), pressed: choice.message })
    }
    const command = /^\/([a-z0-9_]+)\s*([\s\S]*)$/iu.exec(text)
    if (command) return send({ command: command[1]!.toLowerCase(), text: command[2]! })
    return send({ command: 'imagine', text })
  }

  // One line after another, so that a form's answers meet their form.
  let turn = Promise.resolve()
  const run = (work: () => Promise<void>): Promise<void> => {
    turn = turn.then(work)
    return turn
  }

  const lines = createInterface({
    input: deps.input,
    ...(screen.live && { output: deps.output }),
    terminal: screen.live,
    prompt: words.prompt,
  })
  const left = new Promise<'left' | 'ended'>((resolve) => {
    let leaving = false
    lines.on('line', (line) => void run(() => take(line)).then(() => screen.live && lines.prompt()))
    lines.on('SIGINT', () => {
      if (deps.interrupt()) return
      leaving = true
      lines.close()
    })
    lines.on('close', () => resolve(leaving ? 'left' : 'ended'))
  })
  screen.print(words.welcome)
  screen.afterPrint(() => screen.live && lines.prompt(true))
  if (screen.live) lines.prompt()
  if ((await left) === 'ended') {
    await turn
    await board.settled()
  }
  screen.afterPrint(() => {})
  screen.print(words.leave)
}
