import type { Localised } from './commands/command.ts'

/** A person's situation, told in full in their language: `messages.errors[code](details)`. */
export class UserError<Code extends UserErrorCode = UserErrorCode> extends Error {
  override readonly name = 'UserError'
  readonly code: Code
  readonly details: UserErrors[Code]

  constructor(code: Code, details: UserErrors[Code], options?: ErrorOptions) {
    super(`${code} ${JSON.stringify(details)}`, options)
    this.code = code
    this.details = details
  }
}

export type UserErrorCode = keyof UserErrors

/** Every refusal and what its sentence needs to know. Credits are in thousandths, moments in milliseconds since 1970. */
export interface UserErrors {
  // What was typed
  readonly 'unknown-command': { readonly command: string }
  readonly 'unknown-flag': { readonly flag: string; readonly known: readonly string[] }
  readonly 'flag-without-value': { readonly flag: string }
  readonly 'left-over': { readonly words: string }
  /** `choices`: what it can be, where that is one of a few, as it is typed in each language. */
  readonly missing: { readonly param: string; readonly choices?: readonly Localised[] }
  readonly 'not-a-number': { readonly param: string; readonly value: string }
  readonly 'not-whole': { readonly param: string; readonly value: string }
  readonly 'out-of-range': {
    readonly param: string
    readonly value: string
    readonly min: number | undefined
    readonly max: number | undefined
  }
  readonly 'not-a-choice': { readonly param: string; readonly value: string; readonly choices: readonly Localised[] }
  readonly 'too-long': { readonly param: string; readonly max: number; readonly length: number }
  // What the model can draw
  readonly 'bad-size': { readonly value: string; readonly example: string }
  readonly 'size-outside': { readonly value: string; readonly minEdgePx: number; readonly maxEdgePx: number }
  readonly 'only-size': { readonly value: string; readonly widthPx: number; readonly heightPx: number }
  readonly 'not-together': { readonly params: readonly [string, string] }
  readonly 'too-many-steps': { readonly steps: number; readonly max: number }
  // Who may do what
  readonly 'admins-only': { readonly command: string }
  readonly 'admins-decided': Readonly<Record<never, never>>
  readonly 'moderators-only': { readonly command: string }
  readonly 'not-yours': { readonly job: number }
  readonly blocked: { readonly reason: string | undefined; readonly until: number | undefined }
  readonly 'chat-closed': { readonly reason: string | undefined }
  readonly 'chat-not-open': Readonly<Record<never, never>>
  readonly 'denied-word': { readonly word: string }
  // Quota and the line
  readonly 'not-enough-credits': {
    readonly left: number
    readonly cost: number
    readonly refillsAt: number | undefined
    readonly perDay: number
  }
  readonly 'line-full': { readonly waiting: number; readonly max: number }
  readonly 'chat-line-full': { readonly waiting: number; readonly max: number }
  readonly 'house-full': { readonly waiting: number }
  readonly 'too-large': { readonly widthPx: number; readonly heightPx: number; readonly maxPixels: number }
  /** Larger than this machine has memory for. */
  readonly 'too-large-here': { readonly widthPx: number; readonly heightPx: number; readonly maxPixels: number }
  readonly 'steps-not-allowed': { readonly steps: number; readonly max: number }
  readonly draining: Readonly<Record<never, never>>
  readonly 'disk-full': Readonly<Record<never, never>>
  // Jobs and pictures
  readonly 'no-such-job': { readonly job: number }
  readonly 'no-jobs': Readonly<Record<never, never>>
  readonly 'nothing-waits': Readonly<Record<never, never>>
  readonly 'not-waiting': { readonly job: number }
  readonly 'prompt-forgotten': { readonly job: number }
  readonly 'picture-gone': { readonly job: number }
  readonly 'nothing-to-save': { readonly job: number }
  readonly 'not-our-picture': Readonly<Record<never, never>>
  readonly 'not-a-picture': Readonly<Record<never, never>>
  readonly 'no-picture': Readonly<Record<never, never>>
  readonly 'picture-not-fetched': Readonly<Record<never, never>>
  // Links, privacy, administration
  readonly 'bad-code': Readonly<Record<never, never>>
  readonly 'own-code': Readonly<Record<never, never>>
  readonly 'no-such-person': { readonly who: string }
  readonly 'several-people': { readonly who: string; readonly accounts: readonly string[] }
  readonly 'person-only': { readonly action: string }
  readonly 'own-chat-only': { readonly action: string }
  readonly 'bad-duration': { readonly value: string }
  readonly 'export-too-large': Readonly<Record<never, never>>
  readonly 'nothing-to-change': Readonly<Record<never, never>>
}
