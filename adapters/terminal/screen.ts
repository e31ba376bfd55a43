import type { Writable } from 'node:stream'

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
  /** Called after each print: where a prompt is written again. */
  afterPrint(redraw: () => void): void
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
  let redraw = () => {}
  return {
    live,
    get columns() {
      return widthOf(output)
    },
    print(text) {
      output.write(`${live ? CLEAR_LINE : ''}${text}\n`)
      last = ''
      redraw()
    },
    status(line) {
      if (line === last) return
      last = line
      output.write(live ? `${CLEAR_LINE}${cut(line, widthOf(output) - 1)}` : `${line}\n`)
    },
    clear() {
      if (live) output.write(CLEAR_LINE)
      last = ''
    },
    afterPrint(call) {
      redraw = call
    },
  }
}

// A line that is wrapped can't be written over. These take two columns; a few others do where fonts say so.
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

/** As much of a line as fits into so many columns. */
function cut(line: string, columns: number): string {
  let kept = ''
  let used = 0
  for (const character of line) {
    used += WIDE.test(character) ? 2 : 1
    if (used > columns) break
    kept += character
  }
  return kept
}

/** Some terminals say 0 when they don't know. */
function widthOf({ columns }: Output): number {
  return columns || 80
}
