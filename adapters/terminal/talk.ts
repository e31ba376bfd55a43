import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { type Core, type Form, type Incoming, idParts, type MessageRef } from '../../src/chat.ts'
import type { Board } from './board.ts'
import type { createChoices } from './choices.ts'
import type { Output, Screen } from './screen.ts'
import type { TerminalWords } from './words.ts'

interface TalkDeps {
  readonly core: Core
  readonly board: Board
  readonly choices: ReturnType<typeof createChoices>
  readonly screen: Screen
  readonly input: Readable
  readonly output: Output
  readonly words: TerminalWords
  /** The rest of an event of this person. */
  readonly event: () => Pick<Incoming, 'key' | 'from' | 'address'>
  /** Cancels the newest job. False: there was none left to cancel. */
  readonly interrupt: () => boolean
}

interface Asking {
  readonly form: Form
  readonly values: Record<string, string>
  readonly message: MessageRef | undefined
}

// Commands have Chinese names, too, and Chinese keyboards a wide slash.
const COMMAND = /^[/／]([\p{L}\p{N}_]+)\s*([\s\S]*)$/u

/**
 * A chat in a terminal: a line that starts with `/` is a command, a number presses the choice of that number, and any
 * other text is a prompt. While a form asks, a line is an answer, and a command or Ctrl-C leaves the form. Resolves when
 * the person leaves; where input merely ends, when what they asked for is done.
 */
export async function talk(deps: TalkDeps): Promise<void> {
  const { core, board, choices, screen, words } = deps
  let asking: Asking | undefined

  const send = (act: Pick<Incoming, 'command' | 'text' | 'values' | 'pressed'>): Promise<void> =>
    core.dispatch({ ...deps.event(), ...act }, async (view) => {
      if (view.form) {
        asking = { form: view.form, values: {}, message: act.pressed }
        await askNext(asking, `${view.form.title}\n`)
        return undefined
      }
      const message = await board.answer(view, act.pressed)
      return view.kind === 'notice' ? undefined : message
    })

  const askNext = async (asked: Asking, title = ''): Promise<void> => {
    const field = nextField(asked)
    if (field) return screen.print(`${title}${words.field(field.label, field.value)}`)
    asking = undefined
    const { form, values, message } = asked
    return send({ ...idParts(form.id), values, pressed: message })
  }

  const take = async (line: string): Promise<void> => {
    const text = line.trim()
    const command = COMMAND.exec(text)
    // Whoever asks for something else has left the form.
    if (command) asking = undefined
    if (asking) {
      const field = nextField(asking)!
      const value = text || field.value
      if (value || !field.required) asking.values[field.name] = value
      return askNext(asking)
    }
    if (text === '') return
    const number = text.normalize('NFKC')
    if (/^\d{1,6}$/u.test(number)) {
      const choice = choices.get(Number(number))
      if (!choice) return screen.print(words.noSuchChoice)
      return send({ ...idParts(choice.button.id), pressed: choice.message })
    }
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
  let isOpen = true
  // What was asked for before the input ended is still shown; a closed line can't be asked for.
  const ask = () => {
    if (screen.live && isOpen) lines.prompt(true)
  }
  const left = new Promise<'left' | 'ended'>((resolve) => {
    let leaving = false
    lines.on('line', (line) => void run(() => take(line)).then(ask))
    lines.on('SIGINT', () => {
      if (asking) {
        asking = undefined
        lines.write(null, { ctrl: true, name: 'u' })
        return screen.print(words.formLeft)
      }
      if (deps.interrupt()) return
      leaving = true
      lines.close()
    })
    lines.on('close', () => {
      isOpen = false
      resolve(leaving ? 'left' : 'ended')
    })
  })
  screen.print(words.welcome)
  const isTyping = () => isOpen && lines.line !== ''
  screen.sharedWith({ redraw: ask, isTyping })
  ask()
  // The first letter takes the place of a line of progress.
  let wasTyping = false
  deps.input.on('keypress', () => {
    if (isTyping() && !wasTyping) ask()
    wasTyping = isTyping()
  })
  if ((await left) === 'ended') {
    await turn
    await board.settled()
  }
  screen.print(words.leave)
}

/** The first that has no value yet. */
function nextField({ form, values }: Asking): Form['fields'][number] | undefined {
  return form.fields.find(({ name }) => !Object.hasOwn(values, name))
}
