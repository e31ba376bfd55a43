/** What the terminal itself must say. Handed in by `main.ts`. */
export interface TerminalWords {
  readonly welcome: string
  readonly prompt: string
  /** A question of a form; Enter alone keeps a value that there is. */
  readonly field: (label: string, value: string) => string
  readonly formLeft: string
  readonly noSuchChoice: string
  readonly savedFile: string
  readonly leave: string
}
