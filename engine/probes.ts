import { execFile } from 'node:child_process'
import { open, readdir, readFile } from 'node:fs/promises'
import os from 'node:os'

/** How the engine looks at the machine it runs on. Handed in, so that other machines can be told of in tests. */
export interface Probes {
  readonly platform: NodeJS.Platform
  readonly arch: NodeJS.Architecture
  readonly env: Readonly<Record<string, string | undefined>>
  /** What the command prints; undefined when it is not there, fails or takes too long. */
  run(command: string, args: readonly string[]): Promise<string | undefined>
  /** A text file; undefined when it cannot be read. */
  read(path: string): Promise<string | undefined>
  /** The names in a folder; none when it cannot be read. */
  list(path: string): Promise<readonly string[]>
  /** Each different match of `pattern` in a file of any size, read as bytes; none when it cannot be read. */
  search(path: string, pattern: RegExp): Promise<ReadonlySet<string>>
  /** Memory of the machine, or of the container around us where that is less. */
  memory(): { readonly totalBytes: number; readonly freeBytes: number }
}

// A driver that hangs must not keep the service from starting.
const COMMAND_TIMEOUT_MS = 10_000
const CHUNK_BYTES = 2 ** 22
// Longer than anything that is searched for.
const OVERLAP_BYTES = 64

/** The machine itself. */
export const machine: Probes = {
  platform: process.platform,
  arch: process.arch,
  env: process.env,

  run: (command, args) =>
    new Promise((resolve) => {
      execFile(command, args, { timeout: COMMAND_TIMEOUT_MS, windowsHide: true }, (error, stdout) =>
        resolve(error ? undefined : stdout),
      )
    }),

  read: (path) => readFile(path, 'utf8').catch(() => undefined),

  list: (path) => readdir(path).catch(() => []),

  async search(path, pattern) {
    const found = new Set<string>()
    await using handle = await open(path).catch(() => undefined)
    if (!handle) return found
    const chunk = Buffer.alloc(CHUNK_BYTES)
    for (let offset = 0; ; offset += CHUNK_BYTES - OVERLAP_BYTES) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, offset)
      for (const [match] of chunk.toString('latin1', 0, bytesRead).matchAll(pattern)) found.add(match)
      if (bytesRead < CHUNK_BYTES) return found
    }
  },

  memory() {
    // Without a limit this is 0, or more than there is.
    const limit = process.constrainedMemory()
    const totalBytes = limit > 0 ? Math.min(limit, os.totalmem()) : os.totalmem()
    return { totalBytes, freeBytes: Math.min(totalBytes, process.availableMemory()) }
  },
}
