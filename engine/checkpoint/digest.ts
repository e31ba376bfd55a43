import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { HubFile } from './hub.ts'

type HashKind = HubFile['hash']['kind']

/** Counts up a content of so many bytes to the hash that the hub has of it. */
export function createDigest(kind: HashKind, bytes: number) {
  // Git calls a content by the hash of its type, its length, and then itself.
  const hash = kind === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${bytes}\0`)
  return { update: (chunk: Uint8Array) => void hash.update(chunk), hex: () => hash.digest('hex') }
}

/** Of a file of so many bytes. `onBytes` may throw to end it. */
export async function digestOfFile(
  path: string,
  kind: HashKind,
  bytes: number,
  onBytes: (bytes: number) => void,
): Promise<string> {
  const digest = createDigest(kind, bytes)
  for await (const chunk of createReadStream(path)) {
    digest.update(chunk)
    onBytes(chunk.length)
  }
  return digest.hex()
}
