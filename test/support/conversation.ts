import type { StandInEngine } from './engine.ts'

/**
 * What every platform's emulator offers to a conversation: people who type, press and wait. The same script
 * (test/conversations.test.ts) runs over each adapter.
 */
export interface Stage {
  readonly platform: string
  readonly engine: StandInEngine
  person(name: string, options?: PersonOptions): Actor
  close(): Promise<void>
}

export interface PersonOptions {
  readonly locale?: string
  /** The platform lets them look after the chat. */
  readonly moderator?: boolean
  /** Talk to the bot alone instead of in the shared chat. */
  readonly direct?: boolean
}

export interface Actor {
  readonly id: string
  readonly name: string
  /** Types a command as this platform's people do; values by parameter name. */
  command(name: string, values?: Readonly<Record<string, string | number | boolean>>): Promise<void>
  /** Presses the button with this label, or whose label matches, on the newest message that has one (or on `on`). */
  press(label: string | RegExp, on?: Seen): Promise<void>
  /** Fills in the form that the bot last opened for this person. */
  fill(values: Readonly<Record<string, string>>): Promise<void>
  /** The newest message this person can see whose text matches; waits until there is one. Never polls by time. */
  sees(pattern: RegExp): Promise<Seen>
}

export interface Seen {
  readonly id: string
  /** Text as a person reads it, without markup; a toast or a caption too. */
  readonly text: string
  readonly buttons: readonly string[]
  /** Bytes of the pictures shown. */
  readonly pictures: readonly Uint8Array[]
  readonly files: readonly { readonly name: string; readonly content: Uint8Array }[]
  /** Visible to this person only. */
  readonly private: boolean
}
