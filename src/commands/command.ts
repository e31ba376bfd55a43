import type { Language } from '../messages/language.ts'

/**
 * A command as adapters see it: plain data from which each builds its own registration, parser and help. Made from the
 * commands of the registry by `commandTable` (registry.ts).
 */
export interface CommandInfo {
  /** `[a-z0-9_]`, the same on every platform. */
  readonly name: string
  /** What it is called where a platform shows names in a person's language. In English it is the name. */
  readonly label: Localised
  readonly description: Localised
  readonly params: readonly ParamInfo[]
  readonly access: Access
  /** Label under which the command is also offered on any message that holds a picture ("Reproduce this"). */
  readonly onPicture?: Localised
  /** Reached by buttons and forms only: not registered, not in `/help`. */
  readonly hidden?: boolean
}

export type Localised = Readonly<Record<Language, string>>

/** `moderator`: whom the platform lets look after the chat, and admins. `admin`: who is in `ADMINS`. Checked by dispatch. */
export type Access = 'everyone' | 'moderator' | 'admin'

export interface ParamInfo {
  readonly name: string
  /** As for a command. */
  readonly label: Localised
  /** Other names of its flag, shorter ones. */
  readonly alias?: readonly string[]
  readonly description: Localised
  readonly kind: 'text' | 'integer' | 'number' | 'choice' | 'flag'
  readonly required: boolean
  /** Takes all text that no flag claims: the prompt. At most one a command. */
  readonly rest?: boolean
  readonly min?: number
  readonly max?: number
  readonly maxLength?: number
  readonly choices?: readonly { readonly value: string; readonly label: Localised }[]
  /** `Core.complete` has suggestions for it. */
  readonly suggests?: boolean
}
