import { ChatError, type Form, hasFiles, type View } from '../../src/chat.ts'
import type { Asks } from './asks.ts'
import { type TelegramClock, wait } from './clock.ts'
import type { Messenger } from './messenger.ts'
import type { Press } from './presses.ts'
import { alone, isGroup, type Posted, type Route, refOf } from './route.ts'
import type { TelegramSentences } from './words.ts'

const FIRST_PAUSE_MS = 1000
// An answer is tried for as long as people look at their question; what is stored with a job is tried by the core.
const LONGEST_TRY_MS = 300_000

export interface AnswerDeps {
  readonly messenger: Messenger
  readonly asks: Asks
  readonly clock: TelegramClock
  readonly stopped: AbortSignal
}

/** What is answered: an event, where it was, and the button where it was a press. */
interface Question {
  readonly key: string
  readonly route: Route
  /** Who asked, as the core knows them. */
  readonly account: string
  readonly sentences: TelegramSentences
  readonly press?: {
    readonly query: Press
    readonly message: Posted
    readonly hasPicture: boolean
    /** The message was said to somebody else. */
    readonly isOthers: boolean
    /** Whether the answer may take its place. */
    readonly mayChange: boolean
  }
}

export type Answer = ReturnType<typeof createAnswer>

/** Shows the core's view in answer to one event. */
export function createAnswer(deps: AnswerDeps, { key, route, account, sentences, press }: Question) {
  const { messenger, asks, clock, stopped } = deps
  let cutOff: unknown

  return {
    async respond(view: View) {
      if (cutOff) throw cutOff
      return persistently(() => show(view))
    },
    /** What the answer needs was cut off by a stop: whatever it is without that, it is not shown. */
    cutOffBy(reason: unknown): void {
      cutOff = reason
    },
    /** Throws when the answer was cut off by a stop: the event is then handled again at the next start. */
    assertNotCutOff(): void {
      if (cutOff) throw cutOff
    },
  }

  async function show(view: View) {
    if (view.kind === 'notice' && press && (await press.query.toast(view.text))) return undefined
    await press?.query.settle()
    if (view.form) {
      await asked(view, view.form)
      return undefined
    }
    switch (view.kind) {
      case 'notice':
        await messenger.post(route, { ...view, private: true }, key)
        return undefined
      case 'replace':
        return refOf((await replaced(view)) ?? (await posted(view)))
      case undefined:
        return refOf(await posted(view))
      default:
        view.kind satisfies never
    }
  }

  function refuse(words: string): Promise<Posted> {
    return messenger.post(route, { text: [words], private: true }, key)
  }

  async function posted(view: View): Promise<Posted> {
    try {
      return await messenger.post(route, view, key)
    } catch (error) {
      const code = error instanceof ChatError && isGroup(route.chat) ? error.code : undefined
      if (code === 'refused' && hasFiles(view)) return refuse(sentences.notTaken)
      if (code === 'gone' && view.private) await refuse(sentences.openPrivate)
      throw error
    }
  }

  async function asked(view: View, form: Form): Promise<void> {
    try {
      await asks.ask(view.secret ? alone(route) : route, account, view, form, sentences)
    } catch (error) {
      const isUnopened = view.secret && error instanceof ChatError && error.code === 'gone'
      if (isUnopened) await refuse(sentences.openPrivate)
      throw error
    }
  }

  /** The pressed message with the new view; undefined where it must be a new message. */
  async function replaced(view: View): Promise<Posted | undefined> {
    if (!press) return undefined
    if (view.secret && isGroup(route.chat) && !press.message.ephemeral) return undefined
    // Whoever asked for it goes on with it: who presses there gets one of their own.
    if (!press.mayChange || (view.private && press.isOthers)) return undefined
    // The platform cannot take the picture out of a message: it takes the message away.
    const losesPicture = press.hasPicture && !view.pictures?.length
    try {
      if (losesPicture && (await messenger.remove(press.message))) return undefined
      await messenger.update(press.message, view)
      return press.message
    } catch (error) {
      if (error instanceof ChatError && error.code === 'gone') return undefined
      throw error
    }
  }

  async function persistently<T>(act: () => Promise<T>): Promise<T> {
    const until = clock.now() + LONGEST_TRY_MS
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
      try {
        return await act()
      } catch (error) {
        const isLater = error instanceof ChatError && error.code === 'later'
        if (isLater && stopped.aborted) cutOff = error
        if (!isLater || stopped.aborted) throw error
        const waitMs = Math.max(pauseMs, error.retryAfterMs ?? 0)
        // A job's result would be there before an answer that says it is in line.
        if (clock.now() + waitMs > until) throw error
        await wait(clock, waitMs, stopped).catch((reason) => {
          cutOff = reason
          throw reason
        })
      }
    }
  }
}
