import type { ModelsWords, Progress } from '../../src/models-port.ts'
import type { Screen } from './screen.ts'

interface ProgressLineDeps {
  readonly screen: Screen
  readonly words: Pick<ModelsWords, 'progress'>
  readonly now: () => number
}

// As often as an eye can follow; in a log now and then.
const LIVE_EVERY_MS = 100
const LOG_EVERY_MS = 30_000
// The rate of the last seconds: long enough not to jump, short enough to tell what the line does now.
const WINDOW_MS = 10_000
const MIN_WINDOW_MS = 1_000
const SAMPLE_EVERY_MS = 250
const NARROW_COLUMNS = 100

/** A long work as one line that moves: a bar, how much of it, the rate and the time left. */
export function createProgressLine(name: string, { screen, words, now }: ProgressLineDeps) {
  const samples: { at: number; bytes: number }[] = []
  let shownAt = Number.NEGATIVE_INFINITY

  const rateAt = (at: number, bytes: number): number | undefined => {
    const last = samples.at(-1)
    // What must be done again counts from there.
    if (last && bytes < last.bytes) samples.length = 0
    if (samples.length === 0 || at - samples.at(-1)!.at >= SAMPLE_EVERY_MS) samples.push({ at, bytes })
    while (samples.length > 2 && at - samples[0]!.at > WINDOW_MS) samples.shift()
    const first = samples[0]!
    return at - first.at < MIN_WINDOW_MS ? undefined : ((bytes - first.bytes) / (at - first.at)) * 1000
  }

  return {
    update(progress: Progress): void {
      const { doneBytes, totalBytes } = progress
      const at = now()
      const bytesPerSecond = rateAt(at, doneBytes)
      const isOver = doneBytes >= totalBytes
      if (!isOver && at - shownAt < (screen.live ? LIVE_EVERY_MS : LOG_EVERY_MS)) return
      shownAt = at
      const leftMs = bytesPerSecond ? ((totalBytes - doneBytes) / bytesPerSecond) * 1000 : undefined
      const cells = screen.columns < NARROW_COLUMNS ? 12 : 24
      screen.status(words.progress({ name, progress, cells, bytesPerSecond, leftMs }))
    },
  }
}
