import { createHash } from 'node:crypto'
import type { FileHash } from './hub.ts'

/** Counts up a content of so many bytes to the hash that the hub has of it. */
export function createDigest({ kind }: FileHash, bytes: number) {
  // Git calls a content by the hash of its type, its length, and then itself.
  const hash = kind === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${bytes}\0`)
  return { update: (chunk: Uint8Array) => void hash.update(chunk), hex: () => hash.digest('hex') }
}
