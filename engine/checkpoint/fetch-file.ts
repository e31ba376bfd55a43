import { constants, type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createDigest } from './digest.ts'
import type { Hub, HubFile } from './hub.ts'
import { bodyOf, contentRange, PARTIAL_CONTENT } from './hub-request.ts'
import { ModelsError } from './models-error.ts'
import { type Pause, persist, type Reason, Setback } from './setback.ts'
import { createWatchdog } from './watchdog.ts'
import { writeWhole } from './whole.ts'

export interface FetchOptions {
  readonly hub: Hub
  readonly repo: string
  readonly commit: string
  /** Where the file goes, under its own path. */
  readonly folder: string
  readonly signal: AbortSignal
  readonly pause: Pause
  /** How long a connection may say nothing. */
  readonly silentMs: number
  readonly onBytes: (file: HubFile, bytes: number) => void
  readonly onSetback: (file: HubFile, reason: Reason, waitMs: number) => void
}

/** A file under its own name is whole and verified; with this behind it, it is on its way. */
export const INCOMPLETE = '.incomplete'

// With the waits between them, some two and a half minutes: a router starts anew in that.
const TRIES = 10

/** How much of a file is already there. */
export async function bytesThere(folder: string, file: HubFile): Promise<number> {
  const path = join(folder, file.path)
  if ((await sizeOf(path)) === file.bytes) return file.bytes
  const begun = (await sizeOf(path + INCOMPLETE)) ?? 0
  return begun > file.bytes ? 0 : begun
}

/**
 * Fetches a file into `folder`, going on where an earlier run was broken off. It gets its own name when its hash is the
 * one of the listing. Each byte is told once in `onBytes`, those that must be fetched anew as a negative number. Rejects
 * with a `Setback` when nothing came for long, with a `ModelsError` `wrong-size` or `damaged`, or when aborted.
 */
export async function fetchFile(file: HubFile, options: FetchOptions): Promise<void> {
  const { folder, onBytes } = options
  const path = join(folder, file.path)
  if ((await sizeOf(path)) === file.bytes) return
  await mkdir(dirname(path), { recursive: true })
  const handle = await open(path + INCOMPLETE, constants.O_RDWR | constants.O_CREAT)
  try {
    const got = await download(handle, file, options)
    if (got !== file.hash.hex) {
      // A bit turned over, here or on the way. Once more from the start; what is wrong twice was wrong there.
      onBytes(file, -file.bytes)
      await handle.truncate(0)
      const again = await download(handle, file, options)
      if (again !== file.hash.hex) {
        await handle.truncate(0)
        throw new ModelsError({ code: 'damaged', file: file.path, expected: file.hash.hex, got: again })
      }
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(path + INCOMPLETE, path)
}

/** Gives the hash of what was got. */
async function download(handle: FileHandle, file: HubFile, options: FetchOptions): Promise<string> {
  const { signal, pause, onBytes, onSetback } = options
  const { size } = await handle.stat()
  if (size > file.bytes) await handle.truncate(0)
  let offset = size > file.bytes ? 0 : size
  // A stream that is made with an aborted signal throws where nobody can catch it.
  signal.throwIfAborted()
  const digest = createDigest(file.hash.kind, file.bytes)
  if (offset > 0)
    for await (const chunk of handle.createReadStream({ start: 0, end: offset - 1, autoClose: false, signal }))
      digest.update(chunk)

  const attempt = async (): Promise<void> => {
    for await (const bytes of bytesFrom(offset, file, options)) {
      await writeWhole(handle, bytes, offset)
      digest.update(bytes)
      offset += bytes.length
      onBytes(file, bytes.length)
    }
    if (offset < file.bytes) throw new Setback({ kind: 'short' })
  }
  if (offset < file.bytes) {
    await persist(attempt, {
      tries: TRIES,
      signal,
      pause,
      onSetback: (reason, waitMs) => onSetback(file, reason, waitMs),
      progress: () => offset,
    })
  }
  return digest.hex()
}

/** What one request gives of a file from `offset` on: never more than the listing says there is. */
async function* bytesFrom(offset: number, file: HubFile, options: FetchOptions): AsyncGenerator<Uint8Array> {
  const { hub, repo, commit, silentMs } = options
  const watchdog = createWatchdog(options.signal, silentMs)
  try {
    const response = await hub.read(repo, commit, file.path, offset, watchdog.signal)
    const start = startOf(response, file)
    if (start > offset) throw new Setback({ kind: 'status', status: response.status })
    let skip = offset - start
    let left = file.bytes - offset
    for await (const chunk of bodyOf(response, watchdog.signal)) {
      watchdog.feed()
      const bytes = chunk.subarray(Math.min(skip, chunk.length))
      skip -= chunk.length - bytes.length
      left -= bytes.length
      if (left < 0) throw wrongSize(file, file.bytes - left)
      if (bytes.length > 0) yield bytes
    }
  } finally {
    watchdog.end()
  }
}

/** Which byte an answer begins with: a server that takes no notice of a range sends all. */
function startOf(response: Response, file: HubFile): number {
  if (response.status !== PARTIAL_CONTENT) {
    // Of a body that is compressed all the same, which `fetch` unpacks, it tells nothing.
    const length = response.headers.has('content-encoding') ? null : response.headers.get('content-length')
    if (length !== null && Number(length) === file.bytes) return 0
    // A proxy's, or one to log in: the next answer would be no other.
    if (response.headers.get('content-type')?.startsWith('text/html'))
      throw new ModelsError({ code: 'web-page', host: new URL(response.url).host, file: file.path })
    if (length !== null) throw wrongSize(file, Number(length))
    return 0
  }
  const range = contentRange(response)
  if (range?.total === undefined) throw new Setback({ kind: 'status', status: response.status })
  if (range.total !== '*' && Number(range.total) !== file.bytes) throw wrongSize(file, Number(range.total))
  return range.first
}

function wrongSize(file: HubFile, got: number): ModelsError {
  return new ModelsError({ code: 'wrong-size', file: file.path, expected: file.bytes, got })
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size
}
