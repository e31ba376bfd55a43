import type { Readable } from 'node:stream'
import type { Core, Incoming, MessageRef, View } from '../../src/chat.ts'
import type { ImagineOnce } from './argv.ts'
import { createBoard } from './board.ts'
import { createChoices } from './choices.ts'
import { printOnce } from './print-once.ts'
import { createScreen, type Output } from './screen.ts'
import { showView, statusLine } from './show-view.ts'
import { talk } from './talk.ts'
import type { TerminalWords } from './words.ts'

interface TerminalOptions {
  readonly input: Readable
  readonly output: Output
  /** For refusals of `imagine`. */
  readonly errors: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where the pictures' paths begin. */
  readonly dataDir: string
  readonly words: TerminalWords
  /** The language of whoever sits there. */
  readonly locale?: string
  readonly now: () => number
  /** How `imagine` answers: one JSON object a line. */
  readonly once?: Pick<ImagineOnce, 'json' | 'out'>
}

export type Terminal = ReturnType<typeof createTerminal>

const platform = 'terminal'
/** Whoever sits at the machine. They are an admin of it (`isAdmin`). */
const OWNER = 'owner'
const CANCELLED_STATUS = 130

/** The terminal as a platform. */
export function createTerminal(options: TerminalOptions) {
  const { input, output, errors, env, dataDir, words, locale, now, once } = options
  const screen = createScreen(output, env)
  const choices = createChoices()
  const startedAt = now()
  const cancelled = new Set<number>()
  const deps = { screen, choices, env, dataDir, words, output, errors, tookMs: () => now() - startedAt }
  let events = 0
  let failed = false
  let core: Core | undefined

  const show = async (view: View, message: MessageRef, is: { first: boolean; earlier: boolean }): Promise<void> => {
    // Drawn before: its pictures come at once.
    if (is.first && view.working && !view.buttons) return
    if (once) {
      return printOnce(deps, once, view, is.earlier).catch((error: Error) => {
        failed = true
        errors.write(`${error.message}\n`)
      })
    }
    // The first view of a job says what was understood; then only its last line moves.
    if (view.working && !is.first) return screen.status(statusLine(view.text))
    // Said here, for whoever sits here can mend it: a file that is lost, or can't be written.
    await showView(deps, view, message).catch((error: Error) => screen.print(error.message))
  }

  const board = createBoard({ token: String(startedAt), show })

  const event = (): Pick<Incoming, 'key' | 'from' | 'address'> => ({
    key: `${OWNER}-${startedAt}-${++events}`,
    from: { platform, id: OWNER, name: OWNER, locale, direct: true },
    address: { platform, chat: platform, route: OWNER },
  })

  const interrupt = (): boolean => {
    const job = board.openJobs().findLast((open) => !cancelled.has(open))
    if (job === undefined || !core) return false
    cancelled.add(job)
    void core.dispatch({ ...event(), command: 'cancel', text: String(job) }, async () => undefined)
    return true
  }

  return {
    chat: board.chat,
    /** Ctrl-C: cancels the newest job that runs or waits. False: there is none (left), so the program should end. */
    interrupt,
    /** Draws once. Resolves with the exit status: 0, 1 when it was refused, failed or not copied, 130 when it was cancelled. */
    async imagine(given: Core, { values }: ImagineOnce): Promise<number> {
      core = given
      let answer: View | undefined
      await core.dispatch({ ...event(), command: 'imagine', values }, async (view) => {
        answer = view
        return board.answer(view)
      })
      const end = answer?.job === undefined ? answer : await board.ended(answer.job)
      if (end?.job !== undefined && cancelled.has(end.job)) return CANCELLED_STATUS
      return (end?.pictures ?? []).length > 0 && !failed ? 0 : 1
    },
    /** Resolves when the person leaves. */
    talk(given: Core): Promise<void> {
      core = given
      return talk({ core, board, choices, screen, input, output, words, event, interrupt })
    },
  }
}
