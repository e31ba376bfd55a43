import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { EngineError } from '../engine.ts'
import { readCheckpointConfig } from './config.ts'
import { bytesThere, type FetchOptions, fetchFile, INCOMPLETE } from './fetch-file.ts'
import { freeDiskBytes } from './free-disk.ts'
import type { Hub, HubFile } from './hub.ts'
import { PARTIAL } from './model-folders.ts'
import { ModelsError } from './models-error.ts'
import type { Progress } from './progress.ts'
import { readWeightMap } from './released.ts'
import { renameFolder } from './rename-folder.ts'
import { type Pause, persist, type Reason, Setback } from './setback.ts'
import { readSource, SOURCE_FILE, writeSource } from './source.ts'
import { openUsable } from './usable.ts'
import { missingFile, type Offered, offeredFiles, wantedWeights } from './wanted-files.ts'

/** Something went wrong and is tried again. `what`: a file's path, or the repository's name. */
export interface Trouble {
  readonly what: string
  readonly reason: Reason
  readonly waitMs: number
}

/** How whoever asked follows a long work, and ends it. */
export interface Watch {
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress) => void
  readonly onTrouble: (trouble: Trouble) => void
}

interface GetOptions extends Watch {
  readonly hub: Hub
  /** `owner/name` */
  readonly repo: string
  readonly revision: string
  /** The folder it becomes. Until then all is in a folder beside it, `PARTIAL` behind its name. */
  readonly target: string
  /** So much of the disk must stay free. */
  readonly reserveBytes: number
  readonly pause: Pause
  readonly silentMs: number
}

// More connections at once gain nothing at a hub, and a few use up any line.
const AT_ONCE = 4
// Z-Image's configuration and tokenizer are 16 MB together; weights come only when these are known to be a Z-Image's.
const MAX_SMALL_BYTES = 256 * 2 ** 20
const NOT_OURS = ['not-z-image', 'other-architecture']
// To the first answer: whoever is offline wants to be told soon.
const TRIES = 4

/**
 * Fetches what the engine reads of a repository into `target`: everything verified, or the folder does not appear. What
 * a broken run has fetched is kept and gone on with. What turns out to be of no use is told, and stays. Rejects with a
 * `ModelsError`, or with the signal's reason.
 */
export async function getModel(options: GetOptions): Promise<void> {
  const { repo, target, reserveBytes } = options
  const partial = target + PARTIAL
  const isNew = (await stat(partial).catch(() => undefined)) === undefined
  let files: HubFile[] = []
  try {
    const { commit, offered } = await lookAt(options)
    const source = { repo, revision: options.revision, commit }
    // At most: which of the weights are wanted, the indexes tell.
    files = [...offered.small, ...offered.weights]
    await mkdir(partial, { recursive: true })
    await dropOthers(partial, files)
    await writeSource(partial, { ...source, files })
    await fetchAll(offered.small, offered.small, commit, partial, options)
    await expectReadable(readCheckpointConfig(partial), partial, repo)

    const weights = await weightsOf(offered, partial, repo)
    files = [...offered.small, ...weights]
    await dropOthers(partial, files)
    await writeSource(partial, { ...source, files })
    await expectDisk(partial, files, reserveBytes)
    await fetchAll(weights, files, commit, partial, options)
  } catch (error) {
    // Nothing of it is worth going on with.
    if (isNew && error instanceof ModelsError && NOT_OURS.includes(error.problem.code))
      await rm(partial, { recursive: true, force: true })
    throw await explained(error, partial, files, options)
  }
  await renameFolder(partial, target)
  await expectReadable(openUsable(target), target, repo)
}

/** Asks the hub which files there are, and refuses what is no Z-Image by their names. */
async function lookAt(options: GetOptions): Promise<{ commit: string; offered: Offered }> {
  const { hub, repo, revision, signal, pause, onTrouble } = options
  const asked = <T>(ask: () => Promise<T>): Promise<T> =>
    persist(ask, {
      tries: TRIES,
      signal,
      pause,
      onSetback: (reason, waitMs) => onTrouble({ what: repo, reason, waitMs }),
    })
  const commit = await asked(() => hub.commitOf(repo, revision, signal))
  const offered = offeredFiles(await asked(() => hub.list(repo, commit, signal)))
  const missing = missingFile(offered)
  if (missing) throw new ModelsError({ code: 'not-z-image', repo, missing })
  const smallBytes = sum(offered.small)
  if (smallBytes > MAX_SMALL_BYTES)
    throw new ModelsError({ code: 'not-a-hub', host: hub.host, what: `${smallBytes} bytes of configuration` })
  return { commit, offered }
}

/** Removes what another commit, or another choice of files, left behind: all but what the listing has now too. */
async function dropOthers(partial: string, files: readonly HubFile[]): Promise<void> {
  const before = new Map((await readSource(partial))?.files.map(({ path, hash }) => [path, hash.hex]))
  const kept = new Set(files.flatMap(({ path, hash }) => (before.get(path) === hash.hex ? [path] : [])))
  for (const entry of await readdir(partial, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(partial, path).replaceAll(sep, '/')
    if (entry.isDirectory() || name === SOURCE_FILE || kept.has(withoutEnding(name))) continue
    await rm(path, { force: true })
  }
}

/** Some at a time, the largest first, so that no large one is left alone at the end. `all` counts in the progress. */
async function fetchAll(
  files: readonly HubFile[],
  all: readonly HubFile[],
  commit: string,
  partial: string,
  options: GetOptions,
): Promise<void> {
  const { hub, repo, pause, silentMs, onProgress, onTrouble } = options
  const totalBytes = sum(all)
  let doneBytes = await allBytesThere(partial, all)
  const failed = new AbortController()
  const fetching: FetchOptions = {
    hub,
    repo,
    commit,
    folder: partial,
    signal: AbortSignal.any([options.signal, failed.signal]),
    pause,
    silentMs,
    onBytes({ path }, bytes) {
      doneBytes += bytes
      onProgress({ doneBytes, totalBytes, what: path })
    },
    onSetback: ({ path }, reason, waitMs) => onTrouble({ what: path, reason, waitMs }),
  }
  const waiting = files.toSorted((a, b) => b.bytes - a.bytes)
  onProgress({ doneBytes, totalBytes, what: waiting[0]?.path ?? '' })
  const fetchNext = async (): Promise<void> => {
    for (let file = waiting.shift(); file; file = waiting.shift()) await fetchFile(file, fetching)
  }
  // The first to fail stops the others, and all have stopped before it is told.
  await Promise.all(Array.from({ length: AT_ONCE }, () => fetchNext().catch((error) => failed.abort(error))))
  options.signal.throwIfAborted()
  failed.signal.throwIfAborted()
}

/** What a file says that the engine does not read is the repository's, before gigabytes are fetched. */
function expectReadable<T>(read: Promise<T>, partial: string, repo: string): Promise<T> {
  return read.catch((error) => {
    if (!(error instanceof EngineError)) throw error
    const what = error.message.replaceAll(partial + sep, '')
    throw new ModelsError({ code: 'other-architecture', repo, what }, { cause: error })
  })
}

async function weightsOf(offered: Offered, partial: string, repo: string): Promise<readonly HubFile[]> {
  const shardsOf = async ({ path }: HubFile) => Object.values(await readWeightMap(join(partial, path)))
  const wanted = await expectReadable(wantedWeights(offered, shardsOf), partial, repo)
  if (typeof wanted === 'string') throw new ModelsError({ code: 'not-z-image', repo, missing: wanted })
  return wanted
}

async function expectDisk(partial: string, files: readonly HubFile[], reserveBytes: number): Promise<void> {
  const missingBytes = sum(files) - (await allBytesThere(partial, files))
  const freeBytes = await freeDiskBytes(partial)
  if (missingBytes > 0 && freeBytes - missingBytes < reserveBytes)
    throw new ModelsError({ code: 'no-disk', path: partial, needBytes: missingBytes + reserveBytes, freeBytes })
}

async function explained(
  error: unknown,
  partial: string,
  files: readonly HubFile[],
  { hub, reserveBytes }: GetOptions,
): Promise<unknown> {
  if (error instanceof Setback) return new ModelsError({ code: 'unreachable', host: hub.host, reason: error.reason })
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') return error
  // As much as the next run asks for.
  const needBytes = sum(files) - (await allBytesThere(partial, files)) + reserveBytes
  return new ModelsError({
    code: 'no-disk',
    path: partial,
    needBytes,
    freeBytes: await freeDiskBytes(dirname(partial)),
  })
}

function withoutEnding(path: string): string {
  return path.endsWith(INCOMPLETE) ? path.slice(0, -INCOMPLETE.length) : path
}

async function allBytesThere(partial: string, files: readonly HubFile[]): Promise<number> {
  const there = await Promise.all(files.map((file) => bytesThere(partial, file)))
  return there.reduce((total, bytes) => total + bytes, 0)
}

function sum(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0)
}
