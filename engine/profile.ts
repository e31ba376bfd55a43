import { join, resolve, sep } from 'node:path'
import { z } from 'zod'
import type { Checkpoint } from './checkpoint/checkpoint.ts'
import type { CheckpointConfig } from './checkpoint/config.ts'
import { ifThere, readJsonAs } from './checkpoint/json-file.ts'
import { EngineError, type ModelProfile } from './engine.ts'
import { EDGE_MULTIPLE_PX, pictureLimits } from './picture-limits.ts'
import { MAX_PROMPT_TOKENS } from './prompt.ts'

export const PROFILE_FILE = 'profile.json'
// Of a model that nothing is known of.
const UNKNOWN_EDGE_PX = 256

const edge = z.int().min(EDGE_MULTIPLE_PX).multipleOf(EDGE_MULTIPLE_PX)
const profileSchema = z
  .strictObject({
    name: z.string().min(1),
    widthPx: edge,
    heightPx: edge,
    minEdgePx: edge,
    maxEdgePx: edge,
    learntEdgesPx: z.array(edge).min(1).optional(),
    shapesKeep: z.enum(['area', 'shorter-edge']).optional(),
    steps: z.int().positive(),
    maxSteps: z.int().positive(),
    guidance: z.number().nonnegative(),
    maxTokens: z.int().positive().max(MAX_PROMPT_TOKENS),
    negativePrompt: z.boolean(),
  })
  .refine(
    ({ widthPx, heightPx, minEdgePx, maxEdgePx, steps, maxSteps }) =>
      minEdgePx <= Math.min(widthPx, heightPx) && Math.max(widthPx, heightPx) <= maxEdgePx && steps <= maxSteps,
    'expected widthPx and heightPx from minEdgePx to maxEdgePx, and steps up to maxSteps',
  )

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
  const own: ModelProfile | undefined = await ifThere(readJsonAs(profileSchema, path))
  const largestPx = largestEdgePx(config)
  if (own) {
    if (own.maxEdgePx <= largestPx) return own
    const what = `${path}: expected a maxEdgePx of at most ${largestPx}, for which the transformer has positions (axes_lens), got ${own.maxEdgePx}`
    throw new EngineError('checkpoint-corrupt', what)
  }
  const isTurbo = /turbo/i.test(join(nameOf(folder), name))
  const known = config.transformer.dim === RELEASED_DIM && !isTurbo ? BASE : TURBO
  if (config.transformer.dim === RELEASED_DIM) return { name, ...known }
  const edgePx = Math.min(UNKNOWN_EDGE_PX, largestPx)
  const maxEdgePx = Math.min(known.maxEdgePx, largestPx)
  return { name, ...known, minEdgePx: EDGE_MULTIPLE_PX, maxEdgePx, widthPx: edgePx, heightPx: edgePx }
}

/** Of a square that the transformer has positions for; a model of fewer draws only what is asked for by hand. */
function largestEdgePx(config: CheckpointConfig): number {
  const { widthPx, heightPx } = pictureLimits(config)
  return Math.max(EDGE_MULTIPLE_PX, Math.floor(Math.min(widthPx, heightPx) / EDGE_MULTIPLE_PX) * EDGE_MULTIPLE_PX)
}

/** Of what is in a folder. In the hub's own cache the folder is called by its commit, and the repository's stands two above. */
function nameOf(folder: string): string {
  const [repository, parent, own] = resolve(folder).split(sep).slice(-3)
  return (parent === 'snapshots' ? repository : own) ?? ''
}
