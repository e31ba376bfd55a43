/** What the terminal itself must say. Handed in by `main.ts`. */
export interface TerminalWords {
  readonly welcome: string
  readonly prompt: string
  readonly keep: string
  readonly noSuchChoice: string
  readonly savedFile: string
  readonly leave: string
}
