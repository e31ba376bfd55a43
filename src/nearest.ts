/** The one of these words that a mistyped word most likely was; none where too little of it is the same. */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  const [best] = words
    .map((word) => ({ word, edits: edits(typed, word) }))
    .filter((one) => one.edits <= typed.length / 3)
    .sort((a, b) => a.edits - b.edits)
  return best?.word
}

/** How many letters must be put in, taken out or changed (Levenshtein). */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j)
  for (const [i, letter] of Array.from(from).entries()) {
    const next = [i + 1]
    for (let j = 1; j <= to.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (letter === to[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[to.length]!
}
