import { existsSync, readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { checkModel, type ModelReport } from './check.ts'
import { compareWithSource } from './compare-with-source.ts'
import { toFault } from './fault.ts'
import { getModel, type Watch } from './get-model.ts'
import { createHub } from './hub.ts'
import type { HubAccess } from './hub-request.ts'
import {
  type Lock,
  listModels,
  type ModelRow,
  modelFoldersOf,
  PARTIAL,
  removeModel,
  resolveModel,
} from './model-folders.ts'
import { ModelsError } from './models-error.ts'
import { isPreparedFrom, prepareModel } from './prepare.ts'
import { RECIPE_FILE } from './recipe.ts'
import { type Pause, pause } from './setback.ts'
import { readSource, SOURCE_FILE } from './source.ts'
import type { Precision } from './treatment.ts'
import { openUsable } from './usable.ts'

interface ModelsOptions {
  readonly dataDir: string
  /** What `MODEL` says. */
  readonly configured: string
  readonly hub: HubAccess
  /** So much of the disk must stay free. */
  readonly reserveBytes: number
  readonly lock: Lock
  readonly pause?: Pause
  readonly silentMs?: number
}

/** A model that is there now. */
interface ModelPlace {
  /** What `MODEL` may say. */
  readonly name: string
  readonly path: string
  /** It was there before: nothing was done. */
  readonly already: boolean
}

interface Models {
  /** `given`: a known name, or a repository as `owner/name`. */
  get(given: string, revision: string | undefined, watch: Watch): Promise<ModelPlace>
  list(): Promise<readonly ModelRow[]>
  /** Looks at every tensor, and at every file of a fetched model for the hash it had at the hub. */
  check(given: string, watch: Watch): Promise<ModelReport>
  /** Gives the bytes that are free now. */
  remove(given: string): Promise<number>
  /** Writes a model anew in another precision, beside itself. */
  prepare(given: string, precision: Precision, watch: Watch): Promise<ModelPlace>
}

/** The releases, by the names of their folders. */
const KNOWN: Readonly<Record<string, string>> = {
  'z-image-turbo': 'Tongyi-MAI/Z-Image-Turbo',
  'z-image': 'Tongyi-MAI/Z-Image',
}
const REPOSITORY = /^\w[\w.-]*\/\w[\w.-]*$/u
const MAIN = 'main'
const SILENT_MS = 30_000

/** The work behind the `models` commands. Rejects with a `ModelsError` or an `EngineError`, each a sentence's worth. */
export function createModels(options: ModelsOptions): Models {
  const { dataDir, configured, reserveBytes } = options
  const folders = modelFoldersOf(dataDir)

  /** One process at a time changes what is in the folder. */
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    // The data folder may come into being here.
    await mkdir(folders.folder, { recursive: true, mode: 0o700 })
    const lock = options.lock(join(folders.folder, '.lock'))
    try {
      return await work()
    } finally {
      lock.release()
    }
  }

  return {
    get: (given, revision = MAIN, watch) =>
      alone(async () => {
        const repo = repositoryOf(given)
        const name = basename(repo).toLowerCase()
        const target = join(folders.folder, name)
        const from = await readSource(target)
        if (from && isSame(from.repo, repo) && [from.revision, from.commit].includes(revision)) {
          await expectUsable(name, target, from.repo)
          return { name, path: target, already: true }
        }
        // Two repositories may have the same name, and the name of the model that comes with the program is taken.
        if (existsSync(target) || name === basename(folders.builtIn))
          throw new ModelsError({ code: 'exists', path: target, repo: from?.repo })
        const partial = target + PARTIAL
        const begun = await readSource(partial)
        const isOthers = begun ? !isSame(begun.repo, repo) : namesIn(partial).some(isOfOthers)
        if (isOthers) throw new ModelsError({ code: 'exists', path: partial, repo: begun?.repo })
        const hub = createHub(options.hub)
        const { silentMs = SILENT_MS } = options
        await getModel({ hub, repo, revision, target, reserveBytes, silentMs, pause: options.pause ?? pause, ...watch })
        return { name, path: target, already: false }
      }),
    list: () => listModels(folders, configured),
    async check(given, watch) {
      const path = resolveModel(given, folders)
      const damaged = await compareWithSource(path, watch)
      const report = await checkModel(path, watch)
      return { ...report, ok: report.ok && damaged.length === 0, faults: [...damaged, ...report.faults] }
    },
    remove: (given) => alone(() => removeModel(given, folders, configured, options.lock)),
    prepare: (given, precision, watch) =>
      alone(async () => {
        const source = resolveModel(given, folders)
        const name = `${basename(resolve(source), '.safetensors')}-${precision}`
        const target = join(folders.folder, name)
        if (existsSync(target)) {
          // Another model may have the same name, and what is in a folder may have been replaced.
          if (await isPreparedFrom(source, target)) return { name, path: target, already: true }
          throw new ModelsError({ code: 'exists', path: target, repo: undefined })
        }
        const partial = target + PARTIAL
        const fetched = await readSource(partial)
        const left = namesIn(partial)
        // What no run like this one began is not for it to remove.
        if (fetched || (left.length > 0 && !left.includes(RECIPE_FILE)))
          throw new ModelsError({ code: 'exists', path: partial, repo: fetched?.repo })
        await prepareModel({ source, target, precision, reserveBytes, ...watch })
        return { name, path: target, already: false }
      }),
  }
}

/** What was of no use when it came still lies there. */
async function expectUsable(name: string, path: string, repo: string): Promise<void> {
  try {
    await openUsable(path)
  } catch (error) {
    throw new ModelsError({ code: 'unusable', name, path, repo, fault: toFault(error) }, { cause: error })
  }
}

/** A hub has no two repositories whose names differ in case alone. */
function isSame(repo: string, other: string): boolean {
  return repo.toLowerCase() === other.toLowerCase()
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

/** Not of a run of ours that broke off while it wrote down its source. */
function isOfOthers(name: string): boolean {
  return !name.startsWith(SOURCE_FILE)
}

function repositoryOf(given: string): string {
  const name = given.toLowerCase()
  if (Object.hasOwn(KNOWN, name)) return KNOWN[name] as string
  if (REPOSITORY.test(given)) return given
  throw new ModelsError({ code: 'unknown-name', given, known: Object.keys(KNOWN) })
}
