import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Update } from 'grammy/types'
import type { Json } from '../../src/chat.ts'
import type { TelegramLog } from './log.ts'
import type { TelegramMemory } from './memory.ts'
import { isGroup } from './route.ts'

export type Inbox = ReturnType<typeof createInbox>

interface Deps {
  readonly memory: TelegramMemory
  readonly log: TelegramLog
  readonly handle: (update: Update) => Promise<void>
  /** What is cut off by this is handled again at the next start; any other error would only happen again. */
  readonly stopped: AbortSignal
}

/**
 * The way in. An update is kept under its id before Telegram is told that it arrived, and finished when it has been
 * answered; what a stop or a kill left unfinished is handled at the next start. So each comes in at least once, and one
 * that comes twice is known. After an outage a hundred come at once, each waits for the disk a few times, and Discord gives an
 * answer three seconds: so each takes a turn of its own.
 */
export function createInbox({ memory, log, handle, stopped }: Deps) {
  const underWay = new Set<number>()
  const lines = new Map<string, Promise<void>>()
  let isClosed = false

  return {
    /** Keeps an update and begins to handle it. Rejects when it cannot be kept. */
    async take(update: Update): Promise<void> {
      if (memory.keep(update.update_id, update as unknown as Json)) begin(update)
      await nextTurn()
    },
    /** Begins to handle what an earlier run left. */
    async resume(): Promise<void> {
      for (const update of memory.unfinished()) {
        begin(update as unknown as Update)
        await nextTurn()
      }
    },
    /** The house closes and would refuse what people write from now on: it is kept for the next start. */
    close(): void {
      isClosed = true
    },
    /** Resolves when nothing is being handled. */
    async idle(): Promise<void> {
      while (lines.size > 0) await Promise.all(lines.values())
    },
  }

  /** One person's messages in one chat keep their order; everything else goes side by side. */
  function begin(update: Update): void {
    if (underWay.has(update.update_id)) return
    underWay.add(update.update_id)
    const line = lineOf(update)
    const mine = (lines.get(line) ?? Promise.resolve()).then(() => finish(update))
    lines.set(line, mine)
    void mine.then(() => {
      if (lines.get(line) === mine) lines.delete(line)
    })
  }

  async function finish(update: Update): Promise<void> {
    const detailsOf = (error: unknown) => ({ update: update.update_id, error: String(error) })
    let isLeft = isClosed && update.message !== undefined
    try {
      if (!isLeft) await handle(update)
    } catch (error) {
      isLeft = stopped.aborted
      if (isLeft) log.info(detailsOf(error), 'an update is left for the next start')
      else log.error(detailsOf(error), 'an update could not be handled')
    }
    try {
      if (!isLeft) memory.finish(update.update_id)
    } catch (error) {
      log.error(detailsOf(error), 'an update is handled again: its end could not be written')
    }
    underWay.delete(update.update_id)
  }
}

function lineOf({ update_id, message }: Update): string {
  // A press never waits behind a message that is being sent: its button would spin. Nothing is trusted to be whole here:
  // what was kept must come to its end.
  const chat = message?.chat?.id
  if (chat === undefined) return String(update_id)
  return isGroup(chat) ? `${chat}:${message?.from?.id}` : String(chat)
}
