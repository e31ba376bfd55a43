import { randomBytes, randomInt } from 'node:crypto'

/** Chance, handed in. */
export interface Ids {
  /** A seed for a picture nobody gave one for: 0 … 2^32 − 1, short enough to type. */
  seed(): number
  /** A code a person types on another platform: six characters, none that look alike. */
  code(): string
}

// Without 0 O 1 I L: they look alike in chat fonts.
const LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789'
const CODE_LENGTH = 6

export const randomIds: Ids = {
  seed: () => randomBytes(4).readUInt32LE(),
  code: () => Array.from({ length: CODE_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join(''),
}
