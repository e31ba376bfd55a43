import type { Core, Incoming, MessageRef, Respond, View } from '../../../src/chat.ts'

/** What came in, and what became of the answer. */
interface Heard {
  readonly incoming: Incoming
  readonly shown: Promise<MessageRef | undefined>
}

/** A core that answers every event with a view of the test's choice, and lets the test wait for what it hears. */
export function createScriptedCore(answer: (incoming: Incoming) => View | Promise<View>) {
  const heard: Heard[] = []
  const waiting: (() => void)[] = []
  const moves: Parameters<Core['chatMoved']>[] = []

  const core: Core = {
    async dispatch(incoming: Incoming, respond: Respond) {
      const shown = Promise.resolve(answer(incoming)).then(respond)
      heard.push({ incoming, shown })
      for (const wake of waiting.splice(0)) wake()
      await shown.catch(() => {})
    },
    complete: () => [],
    languageOf: ({ locale }) => (locale?.startsWith('zh') ? 'zh' : 'en'),
    chatMoved: (...move) => void moves.push(move),
  }

  return {
    core,
    heard,
    moves,
    /** The nth event, counted from 1; waits for it. */
    async hears(n: number): Promise<Heard> {
      while (heard.length < n) await new Promise<void>((resolve) => waiting.push(resolve))
      return heard[n - 1]!
    },
  }
}
