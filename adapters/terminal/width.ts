// These take two columns; a few others do where fonts say so.
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

/** How many columns a line takes in a terminal. */
export function widthOf(text: string): number {
  return [...text].reduce((width, character) => width + (WIDE.test(character) ? 2 : 1), 0)
}

/** As much of a line as fits into so many columns. */
export function cut(line: string, columns: number): string {
  let kept = ''
  let used = 0
  for (const character of line) {
    used += widthOf(character)
    if (used > columns) break
    kept += character
  }
  return kept
}
