import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { readdir, realpath, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import type { EngineFault } from '../engine.ts'
import { openCheckpoint } from './checkpoint.ts'
import { toFault } from './fault.ts'
import { ModelsError } from './models-error.ts'
import { readSource } from './source.ts'

/** Where models are: those that were fetched or prepared, each a folder named as it is called, and the one of the repository. */
interface ModelFolders {
  readonly folder: string
  readonly builtIn: string
}

/** Keeps a second process from the same work: throws where one has it. */
export type Lock = (path: string) => { release(): void }

/** A model as `models list` tells of it. */
export interface ModelRow {
  readonly name: string
  readonly path: string
  readonly bytes: number
  /** Whether `MODEL` points at it. */
  readonly configured: boolean
  readonly state:
    | { readonly kind: 'complete'; readonly precision: string }
    /** On its way from a repository. */
    | { readonly kind: 'fetching'; readonly repo: string; readonly revision: string; readonly totalBytes: number }
    /** On its way from another model here. */
    | { readonly kind: 'preparing' }
    /** It can't be opened, and why. */
    | { readonly kind: 'broken'; readonly fault: EngineFault }
}

/** Behind the name of a folder in which a model is on its way. */
export const PARTIAL = '.partial'

// From the repository's root: what `MODEL` is where nobody set it.
const BUILT_IN = join('models', 'default')

/** The model of the repository is beside the code, wherever the program was started. */
export function modelFoldersOf(dataDir: string): ModelFolders {
  const builtIn = join(import.meta.dirname, '..', '..', BUILT_IN)
  const fromHere = relative('', builtIn)
  return { folder: join(dataDir, 'models'), builtIn: /^(\.\.|$)/u.test(fromHere) ? builtIn : fromHere }
}

/** The names that `resolveModel` knows, and those of models on their way. */
function modelNames({ folder, builtIn }: ModelFolders): { readonly known: string[]; readonly begun: string[] } {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => isFolder(join(folder, name))) : []
  const whole = names.filter((name) => !name.endsWith(PARTIAL)).sort()
  return {
    known: [...(existsSync(builtIn) ? [basename(builtIn)] : []), ...whole],
    begun: names.filter((name) => name.endsWith(PARTIAL)),
  }
}

/**
 * What `MODEL`, `--model` and the `models` commands mean: a path that is there, or a name. Throws a `ModelsError`:
 * `unfinished` where the model is on its way, `no-such-model` with the names there are.
 */
export function resolveModel(given: string, folders: ModelFolders): string {
  if (existsSync(given)) return given
  if (resolve(given) === resolve(BUILT_IN) && existsSync(folders.builtIn)) return folders.builtIn
  const { known, begun } = modelNames(folders)
  const isGiven = (each: string) => each.toLowerCase() === given.toLowerCase()
  const name = known.find((each) => each === given) ?? known.find(isGiven)
  if (name === undefined) {
    // As the list has it, too.
    const isBegun = begun.some((each) => isGiven(each) || isGiven(each.slice(0, -PARTIAL.length)))
    throw new ModelsError(isBegun ? { code: 'unfinished', given } : { code: 'no-such-model', given, known })
  }
  return name === basename(folders.builtIn) && existsSync(folders.builtIn)
    ? folders.builtIn
    : join(folders.folder, name)
}

/** All there are, and the configured one where that is another. */
export async function listModels(folders: ModelFolders, configured: string): Promise<ModelRow[]> {
  const { folder, builtIn } = folders
  const inUse = pathOf(configured, folders)
  const names = await readdir(folder).catch(() => [])
  const own = names.filter((name) => isFolder(join(folder, name))).sort()
  const paths = [...(existsSync(builtIn) ? [builtIn] : []), ...own.map((name) => join(folder, name))]
  if (!paths.some((path) => resolve(path) === resolve(inUse))) paths.push(inUse)
  return Promise.all(
    paths.map(async (path) => ({
      name: basename(resolve(path)),
      path,
      bytes: await bytesIn(path),
      configured: resolve(path) === resolve(inUse),
      state: await stateOf(path),
    })),
  )
}

/** What a process locks as long as it draws with a model that can be removed. Undefined: it can't, it is elsewhere. */
export function lockOfModel(model: string, { folder }: ModelFolders): string | undefined {
  const above = resolve(folder) + sep
  const [name] = resolve(model).startsWith(above) ? resolve(model).slice(above.length).split(sep) : []
  return name && join(folder, `.${name}.lock`)
}

/**
 * Removes a model and what was begun of it. Gives the bytes it freed. Refuses what is in use, or elsewhere. `lock` throws
 * where another process has the lock.
 */
export async function removeModel(
  given: string,
  folders: ModelFolders,
  configured: string,
  lock: Lock,
): Promise<number> {
  const folder = resolve(folders.folder)
  const path = /[/\\]/u.test(given) ? resolve(given) : join(folder, given)
  if (dirname(path) !== folder) throw new ModelsError({ code: 'outside', path, folder })
  if (await holds(path, pathOf(configured, folders))) throw new ModelsError({ code: 'in-use', path })
  const known = (await readdir(folder).catch(() => [])).filter((name) => isFolder(join(folder, name)))
  // Letter by letter: where `ONE` opens the folder `one`, too, the one in use would not be known by that.
  const there = [path, path + PARTIAL].filter((each) => known.includes(basename(each)))
  if (there.length === 0) {
    if (given === basename(folders.builtIn)) throw new ModelsError({ code: 'outside', path: folders.builtIn, folder })
    throw new ModelsError({ code: 'no-such-model', given, known })
  }
  const lockPath = lockOfModel(path, folders) as string
  const held = lockOrRefuse(lock, lockPath, path)
  let freed = 0
  try {
    for (const each of there) {
      // Of a linked one only the link goes.
      freed += lstatSync(each).isSymbolicLink() ? 0 : await bytesIn(each)
      await rm(each, { recursive: true })
    }
  } finally {
    held.release()
  }
  await rm(lockPath, { force: true })
  return freed
}

function lockOrRefuse(lock: Lock, lockPath: string, path: string): ReturnType<Lock> {
  try {
    return lock(lockPath)
  } catch (error) {
    // The folder's own lock was had beside it: nothing else stands in the way.
    throw new ModelsError({ code: 'running', path }, { cause: error })
  }
}

/** Whether `file` is this folder or in it, by its name or by where links lead. */
async function holds(folder: string, file: string): Promise<boolean> {
  const real = (path: string) => realpath(path).catch(() => resolve(path))
  // A link by itself can go.
  const place = join(await real(dirname(folder)), basename(folder))
  const isIn = (inner: string, outer: string) => inner === outer || inner.startsWith(outer + sep)
  return isIn(resolve(file), folder) || isIn(await real(file), place)
}

async function stateOf(path: string): Promise<ModelRow['state']> {
  if (path.endsWith(PARTIAL)) {
    const source = await readSource(path)
    if (!source) return { kind: 'preparing' }
    const { repo, revision, files } = source
    return { kind: 'fetching', repo, revision, totalBytes: files.reduce((total, { bytes }) => total + bytes, 0) }
  }
  try {
    const { recipe, transformer } = await openCheckpoint(path)
    return { kind: 'complete', precision: recipe?.precision ?? precisionOf(transformer.values()) }
  } catch (error) {
    // What can't be read of one model keeps nobody from the list of the others.
    if (error instanceof Error && 'syscall' in error)
      return { kind: 'broken', fault: { code: 'failed', message: error.message } }
    return { kind: 'broken', fault: toFault(error) }
  }
}

const PRECISION_OF: Readonly<Record<string, string>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
}

/** What most of the transformer's bytes are. */
function precisionOf(tensors: Iterable<{ readonly dtype: string; readonly length: number }>): string {
  const bytes = new Map<string, number>()
  for (const { dtype, length } of tensors) bytes.set(dtype, (bytes.get(dtype) ?? 0) + length)
  const [dtype] = [...bytes].toSorted(([, a], [, b]) => b - a)[0] ?? ['']
  return PRECISION_OF[dtype] ?? dtype
}

function pathOf(configured: string, folders: ModelFolders): string {
  try {
    return resolveModel(configured, folders)
  } catch {
    return configured
  }
}

async function bytesIn(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => undefined)
  // A model may be a file by itself.
  const files = entries?.flatMap((entry) => (entry.isDirectory() ? [] : [join(entry.parentPath, entry.name)])) ?? [path]
  const sizes = files.map(async (file) => (await stat(file).catch(() => undefined))?.size ?? 0)
  return (await Promise.all(sizes)).reduce((total, size) => total + size, 0)
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
