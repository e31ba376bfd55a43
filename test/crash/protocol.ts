import type { Address, ChatErrorCode, Incoming, MessageRef, View } from '../../src/chat.ts'

/** The service in its own process → the platform that outlives it. */
export type FromHouse =
  /** Its doors are open. */
  | { readonly kind: 'open' }
  /** A request to the platform, answered by `answer`. */
  | ({ readonly kind: 'call'; readonly id: number } & PlatformCall)
  /** An event was dispatched to its end: the platform need not repeat it. */
  | { readonly kind: 'handled'; readonly key: string }
  /** Nothing waits, runs or is to be told. */
  | { readonly kind: 'quiet' }

export type PlatformCall =
  | { readonly call: 'respond'; readonly view: View }
  | { readonly call: 'post'; readonly address: Address; readonly view: View; readonly key: string }
  | { readonly call: 'update'; readonly ref: MessageRef; readonly view: View }

/** The platform → the service. */
export type ToHouse =
  | { readonly kind: 'event'; readonly incoming: Incoming }
  | { readonly kind: 'answer'; readonly id: number; readonly outcome: Outcome }
  /** Say when it is quiet. */
  | { readonly kind: 'rest' }
  | { readonly kind: 'stop' }

export type Outcome = { readonly ref: MessageRef } | { readonly error: ChatErrorCode }

export const PLATFORM = 'scripted'
