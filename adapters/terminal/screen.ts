import type { Writable } from 'node:stream'
import { cut } from './width.ts'

export interface Screen {
  /** Whether a line can be written over, and colours are shown. */
  readonly live: boolean
  readonly columns: number
  /** Lines that stay. One call is one write. */
  print(text: string): void
  /** One line that the next one takes the place of. Where that can't be, lines that stay. */
  status(line: string): void
  /** Takes away the line of progress, where it can be. */
  clear(): void
  /** Where somebody types below what is printed. */
  sharedWith(typist: Typist): void
}

interface Typist {
  /** Writes the prompt again, and what was typed so far. */
  redraw(): void
  /** Somebody is amid a line: no progress is written over it. */
  isTyping(): boolean
}

export interface Output extends Writable {
  readonly isTTY?: boolean
  readonly columns?: number
}

const CLEAR_LINE = '\r\u001b[K'

/** Standard output, so that a line of progress and lines that stay don't mix. */
export function createScreen(output: Output, env: Readonly<Record<string, string | undefined>>): Screen {
  const live = output.isTTY === true && env.TERM !== 'dumb'
  let last = ''
  let typist: Typist | undefined
  return {
    live,
    get columns() {
      return columnsOf(output)
    },
    print(text) {
      output.write(`${live ? CLEAR_LINE : ''}${text}\n`)
      last = ''
      typist?.redraw()
    },
    status(line) {
      if (line === last || typist?.isTyping()) return
      last = line
      // A line that is wrapped can't be written over.
      output.write(live ? `${CLEAR_LINE}${cut(line, columnsOf(output) - 1)}` : `${line}\n`)
    },
    clear() {
      if (live) output.write(CLEAR_LINE)
      last = ''
    },
    sharedWith(given) {
      typist = given
    },
  }
}

/** Some terminals say 0 when they don't know. */
function columnsOf({ columns }: Output): number {
  return columns || 80
}
