import { readFile } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { z } from 'zod'
import type { Checkpoint } from './checkpoint/checkpoint.ts'
import { EngineError, type ModelProfile } from './engine.ts'
import { MAX_PROMPT_TOKENS } from './prompt.ts'

const PROFILE_FILE = 'profile.json'

const edge = z.int().min(16).multipleOf(16)
const profileSchema = z.strictObject({
  name: z.string().min(1),
  widthPx: edge,
  heightPx: edge,
  minEdgePx: edge,
  maxEdgePx: edge,
  steps: z.int().positive(),
  maxSteps: z.int().positive(),
  guidance: z.number().nonnegative(),
  maxTokens: z.int().positive().max(MAX_PROMPT_TOKENS),
  negativePrompt: z.boolean(),
})

// What the releases have in common: drawn at a million pixels, prompts of up to 512 tokens.
const RELEASED = { widthPx: 1024, heightPx: 1024, minEdgePx: 256, maxEdgePx: 2048, maxTokens: MAX_PROMPT_TOKENS }

/** Distilled to few steps without guidance: a negative prompt has nothing to act on. */
const TURBO: Omit<ModelProfile, 'name'> = { ...RELEASED, steps: 8, maxSteps: 20, guidance: 0, negativePrompt: false }

/** The model that Turbo was distilled from: more steps, with guidance. */
const BASE: Omit<ModelProfile, 'name'> = { ...RELEASED, steps: 28, maxSteps: 50, guidance: 4, negativePrompt: true }

// The released width tells a release from a model of somebody's own.
const RELEASED_DIM = 3840

type Profiled = Pick<Checkpoint, 'folder' | 'name' | 'config'>

/**
 * What a model wants by default: the `profile.json` in its folder, or what is known of the releases. Both releases have the
 * same configuration, so the name of the folder or of the transformer's file tells them apart: with `turbo` in it, or without.
 */
export async function readProfile({ folder, name, config }: Profiled): Promise<ModelProfile> {
  const path = join(folder, PROFILE_FILE)
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text !== undefined) return parseProfile(path, text)
  const isTurbo = /turbo/i.test(join(nameOf(folder), name))
  const known = config.transformer.dim === RELEASED_DIM && !isTurbo ? BASE : TURBO
  return {
    name,
    ...known,
    ...(config.transformer.dim !== RELEASED_DIM && { minEdgePx: 16, widthPx: 256, heightPx: 256 }),
  }
}

/** Of what is in a folder. In the hub's own cache the folder is called by its commit, and the repository's stands two above. */
function nameOf(folder: string): string {
  const [repository, parent, own] = resolve(folder).split(sep).slice(-3)
  return (parent === 'snapshots' ? repository : own) ?? ''
}

function parseProfile(path: string, text: string): ModelProfile {
  try {
    return profileSchema.parse(JSON.parse(text))
  } catch (cause) {
    const what = cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll('\n', ' ') : 'expected JSON'
    throw new EngineError('checkpoint-corrupt', `${path}: ${what}`, { cause })
  }
}
