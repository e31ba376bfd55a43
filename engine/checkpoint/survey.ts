import { readdir } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { EngineError, type PassedFile } from '../engine.ts'
import type { Fault } from './fault.ts'
import { type RecognisedPart, recogniseParts } from './layouts.ts'
import { inspectSafetensors } from './safetensors.ts'

/** ComfyUI's folders in which a part may lie, however deep. */
const PART_FOLDERS = ['checkpoints', 'diffusion_models', 'unet', 'text_encoders', 'clip', 'vae']
/** Where those folders are below a root: there itself, in ComfyUI's own `models`, or in what its makers publish. */
const PREFIXES = ['', 'models', 'split_files']
/** How files of weights end. */
export const WEIGHTS = /\.(safetensors|sft)$/i
const SHARD = /-\d{5}-of-\d{5}\.(safetensors|sft)$/i
const GGUF = /\.gguf$/i
const LORA = /\.lora_(A|B|down|up)\b/
const READS_PICTURES = /(^|\.)siglip_embedder\./

/** A part in a file, as it may be chosen. */
export interface Candidate extends RecognisedPart {
  readonly path: string
  /** Whether its file holds nothing else: others are those of whole models, of another kind perhaps. */
  readonly isAlone: boolean
  readonly faults: readonly Fault[]
}

/** What files hold. */
export interface Survey {
  readonly candidates: readonly Candidate[]
  /** Files that were passed over, with the reason: told when nothing else is there. */
  readonly passed: readonly PassedFile[]
}

/** The folder that is searched for the other parts: the one that ComfyUI's folder stands in, else `folder` itself. */
export function rootOf(folder: string): string {
  const names = folder.split(sep)
  const depth = names.findLastIndex((name) => PART_FOLDERS.includes(name))
  // With a separator behind it: on Windows `D:` alone is whatever folder somebody is in there.
  return depth > 0 ? resolve(names.slice(0, depth).join(sep) + sep) : folder
}

/** What the files in a folder, and in ComfyUI's folders below it, hold. What cannot be read is passed over. */
export async function surveyFolder(root: string): Promise<Survey> {
  const candidates: Candidate[] = []
  const passed: PassedFile[] = []
  // One after another: there may be thousands.
  for (const path of await weightFiles(root)) {
    if (GGUF.test(path))
      passed.push({ reason: `${path} is GGUF, which is not read`, situation: { kind: 'gguf', path } })
    else if (SHARD.test(path))
      passed.push({ reason: `${path} is one of several shards`, situation: { kind: 'one-shard', path } })
    else
      try {
        const held = await surveyHeld(path)
        candidates.push(...held.candidates)
        passed.push(...held.passed)
      } catch (error) {
        // Somebody else's file, perhaps, and no concern of ours.
        const situation = error instanceof EngineError ? error.situation : undefined
        passed.push({ reason: error instanceof Error ? error.message : String(error), situation })
      }
  }
  return { candidates, passed }
}

/** The file that somebody pointed at must be read: throws an `EngineError` with what stands in the way. */
export async function surveyFile(path: string): Promise<Survey> {
  if (GGUF.test(path))
    throw new EngineError(
      'unknown-architecture',
      `${path}: expected a .safetensors file in bfloat16, float16 or float32, got GGUF, which is not read`,
      { situation: { kind: 'gguf', path } },
    )
  if (SHARD.test(path))
    throw new EngineError(
      'checkpoint-missing',
      `${path}: expected a whole transformer, got one of several shards: point MODEL at the folder that transformer/ is in`,
      { situation: { kind: 'one-shard', path } },
    )
  return surveyHeld(path)
}

/** Of a survey what lies in `folder`. */
export function within(folder: string, { candidates, passed }: Survey): Survey {
  return { candidates: candidates.filter(({ path }) => path.startsWith(folder + sep)), passed }
}

/** Files of weights in a folder and in ComfyUI's folders below it. */
async function weightFiles(root: string): Promise<string[]> {
  const list = async (folder: string, recursive: boolean) => {
    const names = await readdir(folder, { recursive }).catch(() => [])
    return names.map((name) => join(folder, name))
  }
  const folders = PREFIXES.flatMap((prefix) => PART_FOLDERS.map((name) => join(root, prefix, name)))
  const files = await Promise.all([list(root, false), ...folders.map((folder) => list(folder, true))])
  return files
    .flat()
    .filter((file) => WEIGHTS.test(file) || GGUF.test(file))
    .toSorted()
}

async function surveyHeld(path: string): Promise<Survey> {
  const { tensors, faults } = await inspectSafetensors(path)
  const candidates = recogniseParts(tensors).map((part) => ({
    ...part,
    path,
    isAlone: tensors.keys().every((name) => name.startsWith(part.prefix)),
    faults: faults.filter(({ tensor }) => tensor?.startsWith(part.prefix)),
  }))
  const other = candidates.length === 0 && tensors.keys().map(otherThan).find(Boolean)
  const passed = other ? [{ reason: `${path} is ${other.what}`, situation: { kind: other.kind, path } }] : []
  return { candidates, passed }
}

/** What people take for a model of their own, by the name of a tensor. */
function otherThan(tensor: string): { readonly kind: 'lora' | 'reads-pictures'; readonly what: string } | undefined {
  if (LORA.test(tensor)) return { kind: 'lora', what: 'a LoRA, which is not read' }
  return READS_PICTURES.test(tensor)
    ? { kind: 'reads-pictures', what: 'a Z-Image that reads pictures too (Omni, Edit), which is not supported' }
    : undefined
}
