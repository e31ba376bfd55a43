import { existsSync } from 'node:fs'
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { EngineError } from '../engine.ts'
import { PROFILE_FILE, readProfile } from '../profile.ts'
import { TOKENIZER_FILES } from '../prompt.ts'
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { CONFIG_FILES } from './config.ts'
import { convertTensor } from './convert.ts'
import { digestOfFile } from './digest.ts'
import { PARTS, type PartName } from './found.ts'
import { freeDiskBytes } from './free-disk.ts'
import { openJournal } from './journal.ts'
import { ifThere, readTextFile } from './json-file.ts'
import { PARTIAL } from './model-folders.ts'
import { ModelsError } from './models-error.ts'
import type { Progress } from './progress.ts'
import { newRecipe, type Recipe, recipeIn, writeRecipe } from './recipe.ts'
import { renameFolder } from './rename-folder.ts'
import { byteLength, createSafetensors, type SafetensorsFile } from './safetensors-file.ts'
import { resultOf, type Task, tasksOf } from './tasks.ts'
import { bitsOf, foldedBy, type Precision } from './treatment.ts'
import { openUsable } from './usable.ts'

interface PrepareOptions {
  /** A checkpoint: a folder or a file. */
  readonly source: string
  /** The folder that is made. */
  readonly target: string
  readonly precision: Precision
  /** So much of the disk stays free; nothing unless given. */
  readonly reserveBytes?: number
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

interface Part {
  readonly part: PartName
  readonly tasks: readonly Task[]
}

const FILES: Readonly<Record<PartName, string>> = {
  textEncoder: 'text_encoder/model.safetensors',
  transformer: 'transformer/diffusion_pytorch_model.safetensors',
  vae: 'vae/diffusion_pytorch_model.safetensors',
}
const JOURNAL_FILE = 'journal'
// What `stat` counts in, whatever the file system's own blocks are.
const STAT_BLOCK_BYTES = 512

/**
 * Writes a model anew with its large matrices in `precision`, in a folder that loads like any other. Memory stays within a
 * few rows of the largest tensor. Everything is written to `target.partial`, which becomes `target` at the end; a run that was
 * interrupted goes on where it was. Throws a `ModelsError` `no-disk`, or an `EngineError`: `bad-request` where `target` is
 * taken or the source is a prepared model itself or changes meanwhile, `cancelled`, or what is wrong with the source.
 */
export async function prepareModel(options: PrepareOptions): Promise<void> {
  const { source, target, precision, reserveBytes = 0 } = options
  if (existsSync(target))
    throw new EngineError('bad-request', `expected no folder at ${target} yet: remove it to prepare the model anew`)
  // Before any weights are written, which takes long.
  const checkpoint = await openUsable(source)
  if (checkpoint.recipe)
    throw new EngineError(
      'bad-request',
      `expected a model as it was released, ${source} is in ${checkpoint.recipe.precision} already`,
      { situation: { kind: 'prepared-already', path: source, precision: checkpoint.recipe.precision } },
    )
  const parts = PARTS.map((part) => ({ part, tasks: tasksOf(checkpoint, part, precision) }))
  try {
    await write(checkpoint, parts, options)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    const { needBytes, freeBytes } = await diskOf(target + PARTIAL, parts)
    // As much as the next run asks for.
    throw noDisk(target, { needBytes: needBytes + reserveBytes, freeBytes })
  }
}

/** Whether the model in `target` was made of just these files, as far as their names, sizes and ages tell. */
export async function isPreparedFrom(source: string, target: string): Promise<boolean> {
  const precision = (await recipeIn(target))?.precision
  if (!precision) return false
  const checkpoint = await openCheckpoint(source)
  const tasks = PARTS.flatMap((part) => tasksOf(checkpoint, part, precision))
  return isRecipeOf(target, await recipeOf(source, precision, tasks))
}

async function write(checkpoint: Checkpoint, parts: readonly Part[], options: PrepareOptions): Promise<void> {
  const { source, target, precision, reserveBytes = 0, onProgress, signal } = options
  const partial = target + PARTIAL
  const all = parts.flatMap(({ tasks }) => tasks)
  const recipe = await recipeOf(source, precision, all)
  await begin(partial, recipe)
  const { needBytes, freeBytes } = await diskOf(partial, parts)
  if (needBytes > 0 && freeBytes < needBytes + reserveBytes)
    throw noDisk(target, { needBytes: needBytes + reserveBytes, freeBytes })

  const totalBytes = all.reduce((sum, { tensor }) => sum + tensor.length, 0)
  await describe(checkpoint, options, partial)
  await convertAll(partial, parts, (doneBytes, what) => onProgress?.({ doneBytes, totalBytes, what }), signal)
  if (!isDeepStrictEqual(await recipeOf(source, precision, all), recipe))
    throw new EngineError('bad-request', `${source} changed meanwhile: the same command begins anew`, {
      situation: { kind: 'changed', path: source },
    })
  onProgress?.({ doneBytes: totalBytes, totalBytes, what: '' })
  await writeRecipe(partial, { ...recipe, written: await written(partial, options) })
  await renameFolder(partial, target)
  // Last: where the name cannot be given, the next run has nothing to do but that.
  await rm(join(target, JOURNAL_FILE))
}

/** Writes the weights, but for those that the journal has. */
async function convertAll(
  partial: string,
  parts: readonly Part[],
  tell: (doneBytes: number, what: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  let doneBytes = 0
  const journal = await openJournal(join(partial, JOURNAL_FILE))
  try {
    for (const { part, tasks } of parts) {
      const file = await createSafetensors(join(partial, FILES[part]), tasks.flatMap(resultOf))
      try {
        for (const task of tasks) {
          const what = `${part}/${task.name}`
          tell(doneBytes, what)
          if (!journal.has(what)) {
            // The table of words alone is most of a gigabyte.
            await convert(task, file, (share) => tell(doneBytes + Math.floor(share * task.tensor.length), what), signal)
            await file.sync()
            await journal.add(what)
          }
          doneBytes += task.tensor.length
        }
      } finally {
        await file.close()
      }
    }
  } finally {
    await journal.close()
  }
}

async function convert(
  task: Task,
  file: SafetensorsFile,
  tell: (share: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { name, tensor, treatment } = task
  const wholeBytes = resultOf(task).reduce((sum, result) => sum + byteLength(result), 0)
  let writtenBytes = 0
  for await (const { suffix, bytes, offset } of convertTensor(name, tensor, treatment)) {
    expectGoingOn(signal)
    await file.write(`${name}${suffix}`, bytes, offset)
    writtenBytes += bytes.length
    if (writtenBytes < wholeBytes) tell(writtenBytes / wholeBytes)
  }
}

function expectGoingOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new EngineError('cancelled', 'preparing was cancelled: the same command goes on from here')
}

async function recipeOf(source: string, precision: Precision, tasks: readonly Task[]): Promise<Recipe> {
  const countOf = (bits: 4 | 8) => tasks.filter(({ treatment }) => bitsOf(treatment) === bits).length
  const files = await Promise.all(
    Array.from(new Set(tasks.map(({ tensor }) => tensor.file)), async (file) => {
      const { size, mtime } = await stat(file)
      return { file: basename(file), bytes: size, modified: mtime.toISOString() }
    }),
  )
  return newRecipe(precision, { name: basename(resolve(source)), files }, { int4: countOf(4), int8: countOf(8) })
}

/** Whether a recipe is what a folder's own says, whatever came of it. */
async function isRecipeOf(folder: string, recipe: Recipe): Promise<boolean> {
  const { written: _, ...own } = (await recipeIn(folder)) ?? {}
  return isDeepStrictEqual(own, recipe)
}

/** The files of weights as they are on disk: read once more, which is told as a work of its own. */
async function written(partial: string, { onProgress, signal }: PrepareOptions): Promise<Recipe['written']> {
  const found = await Promise.all(
    Object.values(FILES).map(async (path) => ({ path, bytes: (await stat(join(partial, path))).size })),
  )
  const totalBytes = found.reduce((sum, { bytes }) => sum + bytes, 0)
  const files: NonNullable<Recipe['written']> = []
  let doneBytes = 0
  for (const { path, bytes } of found) {
    const hex = await digestOfFile(join(partial, path), 'sha256', bytes, (more) => {
      expectGoingOn(signal)
      doneBytes += more
      onProgress?.({ doneBytes, totalBytes, what: path })
    })
    files.push({ path, bytes, hash: { kind: 'sha256', hex } })
  }
  return files
}

/** Makes the folders. What an earlier run left there is used only if it did the same. */
async function begin(partial: string, recipe: Recipe): Promise<void> {
  if (!(await isRecipeOf(partial, recipe))) {
    await rm(partial, { recursive: true, force: true })
    await mkdir(partial, { recursive: true })
    // First: by it a folder is known as ours.
    await writeRecipe(partial, recipe)
  }
  // Always: the earlier run may have ended right here.
  for (const part of PARTS) await mkdir(dirname(join(partial, FILES[part])), { recursive: true })
}

/** What the weights still need of the disk, and what is free. */
async function diskOf(partial: string, parts: readonly Part[]): Promise<{ needBytes: number; freeBytes: number }> {
  let needBytes = 0
  for (const { part, tasks } of parts) {
    const whole = tasks.flatMap(resultOf).reduce((sum, tensor) => sum + byteLength(tensor), 0)
    const { blocks = 0 } = await stat(join(partial, FILES[part])).catch(() => ({ blocks: 0 }))
    needBytes += Math.max(0, whole - blocks * STAT_BLOCK_BYTES)
  }
  return { needBytes, freeBytes: await freeDiskBytes(dirname(partial)) }
}

function noDisk(path: string, disk: { readonly needBytes: number; readonly freeBytes: number }): ModelsError {
  return new ModelsError({ code: 'no-disk', path, ...disk })
}

/** Everything but the weights. The profile is written out, because the folder's new name may not tell what the old one did. */
async function describe(checkpoint: Checkpoint, { target, precision }: PrepareOptions, partial: string): Promise<void> {
  const { transformer, textEncoder, vae, scheduler } = checkpoint.config
  const json: Record<string, unknown> = {
    [CONFIG_FILES.transformer]: { ...transformer, folded: foldedBy(precision) },
    [CONFIG_FILES.textEncoder]: textEncoder,
    [CONFIG_FILES.vae]: vae,
    [CONFIG_FILES.scheduler]: scheduler,
    [PROFILE_FILE]: { ...(await readProfile(checkpoint)), name: basename(target) },
  }
  const texts = new Map<string, string>(
    Object.entries(json).map(([name, value]) => [name, `${JSON.stringify(value, null, 2)}\n`]),
  )
  // Written anew like the others: copies would be links in the hub's own cache, and closed to writing where the source is.
  for (const name of Object.values(TOKENIZER_FILES)) {
    const text = await ifThere(readTextFile(join(checkpoint.tokenizer, name)))
    if (text !== undefined) texts.set(join('tokenizer', name), text)
  }
  for (const [name, text] of texts) {
    await mkdir(dirname(join(partial, name)), { recursive: true })
    await writeFile(join(partial, name), text, { flush: true })
  }
}
