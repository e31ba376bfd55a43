import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '../engine.ts'
import type { CheckpointConfig } from './config.ts'
import { expectNone, unreadable } from './fault.ts'
import { type FoundModel, PARTS, type TensorIndex } from './found.ts'
import { findLoose } from './loose.ts'
import { type Recipe, readRecipe } from './recipe.ts'
import { findReleased, isReleased } from './released.ts'

/** A model on disk: what it says of itself, and where each tensor lies. */
export interface Checkpoint extends Omit<FoundModel, 'parts' | 'faults'> {
  readonly config: CheckpointConfig
  /** Of a prepared model only. */
  readonly recipe: Recipe | undefined
  /** Names without the `model.` prefix that some exports have. */
  readonly textEncoder: TensorIndex
  readonly transformer: TensorIndex
  readonly vae: TensorIndex
}

/**
 * Opens a model without reading any weights: a folder in the released layout, a folder of single files such as ComfyUI's,
 * or one such file. Throws an `EngineError` that names the file.
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const { parts, faults, ...found } = await findModel(path)
  expectNone([...faults, ...PARTS.flatMap((part) => parts[part].faults)])
  const recipe = await readRecipe(path, parts)
  return {
    ...found,
    recipe,
    config: found.config as CheckpointConfig,
    textEncoder: parts.textEncoder.tensors,
    transformer: parts.transformer.tensors,
    vae: parts.vae.tensors,
  }
}

/** Finds out what is at `path` and tells all that is wrong with it. Throws an `EngineError` when there is no model at all. */
export async function findModel(path: string): Promise<FoundModel> {
  const refuse = (cause: NodeJS.ErrnoException) => {
    throw unreadable(path, 'a model folder or a .safetensors file', cause)
  }
  const stats = await stat(path).catch(refuse)
  if (!stats.isDirectory()) return findLoose(path, true)
  const names = await readdir(path).catch(refuse)
  if (isReleased(names)) return findReleased(path)
  if (names.includes('snapshots'))
    throw new EngineError(
      'checkpoint-missing',
      `${path}: expected a model, got the hub's cache of one: point MODEL at the folder in ${join(path, 'snapshots')}`,
      { situation: { kind: 'hub-cache', path: join(path, 'snapshots') } },
    )
  return findLoose(path, false)
}
