import { type Chat, ChatError, type MessageRef, type View } from '../../src/chat.ts'

interface BoardOptions {
  /** Part of every reference: a message of an earlier process is none of ours. */
  readonly token: string
  /** Shows a view. `earlier`: a message nobody in this process asked for. */
  readonly show: (
    view: View,
    message: MessageRef,
    is: { readonly first: boolean; readonly earlier: boolean },
  ) => Promise<void>
}

export type Board = ReturnType<typeof createBoard>

// A terminal is as fast as a person's eye.
const PACE_MS = 100

/** The messages of this process: what each shows, and which still change. */
export function createBoard({ token, show }: BoardOptions) {
  const shown = new Map<string, string>()
  const open = new Map<string, number>()
  const ends = new Map<number, View>()
  const waiting = new Set<() => void>()
  let count = 0

  const put = async (ref: string, view: View, earlier: boolean): Promise<void> => {
    const text = JSON.stringify(view)
    if (shown.get(ref) === text) return
    const first = !shown.has(ref)
    shown.set(ref, text)
    if (view.job !== undefined && view.working) open.set(ref, view.job)
    await show(view, refOf(ref), { first, earlier })
    if (view.job === undefined || view.working) return
    open.delete(ref)
    ends.set(view.job, view)
    for (const wake of waiting) wake()
  }

  const until = <T>(ready: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const check = () => {
        const value = ready()
        if (value === undefined) return
        waiting.delete(check)
        resolve(value)
      }
      waiting.add(check)
      check()
    })

  const next = () => `${token}:${++count}`

  const chat: Chat = {
    platform: 'terminal',
    paceMs: () => PACE_MS,
    async post(_address, view) {
      const ref = next()
      await put(ref, view, true)
      return refOf(ref)
    },
    async update(message, view) {
      const ref = String(message.ref)
      if (!shown.has(ref)) throw new ChatError('gone', 'that message was in another terminal session')
      await put(ref, view, false)
    },
  }

  return {
    chat,
    /** Shows an answer and remembers what it says. */
    async answer(view: View, replacing?: MessageRef): Promise<MessageRef> {
      const ref = view.kind === 'replace' && replacing ? String(replacing.ref) : next()
      await put(ref, view, false)
      return refOf(ref)
    },
    /** Ids of the jobs whose messages still change, oldest first. */
    openJobs: () => [...open.values()],
    /** Resolves with the last view of a job's message. */
    ended: (job: number) => until(() => ends.get(job)),
    /** Resolves when no message changes any more. */
    settled: async () => void (await until(() => (open.size === 0 ? true : undefined))),
  }
}

function refOf(ref: string): MessageRef {
  return { platform: 'terminal', ref }
}
