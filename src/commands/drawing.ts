import type { ImageRequest, ModelProfile } from '../../engine/engine.ts'
import { type StyleId, styledPrompt, styleIds } from '../styles.ts'
import { UserError } from '../user-error.ts'
import type { Args, Params } from './params.ts'

// An album on Telegram holds ten, a message on Discord too; four fill a screen and keep a turn short for others.
export const MAX_COUNT = 4
// What both platforms can send as one typed command, with room for flags.
const PROMPT_LENGTH = 2000
/**
 * 🌱: every one of 80 pictures is then still nearest to its own subject (bench/vary.ts, docs/variety.md). On the default
 * model it changes next to nothing.
 */
export const DEFAULT_VARY = 40

export const ASPECTS = ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3', '21:9'] as const
export type Aspect = (typeof ASPECTS)[number]
/** What people say for the shapes they mean most. */
export const ASPECT_WORDS: Readonly<Record<string, Aspect>> = {
  ...Object.fromEntries(['square', '方', '方形', '方图', '正方形'].map((word) => [word, '1:1'])),
  ...Object.fromEntries(['landscape', '横', '横向', '横图', '横版', '横屏'].map((word) => [word, '16:9'])),
  ...Object.fromEntries(['portrait', '竖', '竖向', '竖图', '竖版', '竖屏'].map((word) => [word, '9:16'])),
}

/** What can be said about a picture: the params of `/imagine`, also read from an edited form. */
export const drawingParams = {
  prompt: { kind: 'text', rest: true, required: true, maxLength: PROMPT_LENGTH, suggests: 'prompts' },
  aspect: { kind: 'choice', choices: ASPECTS, also: ASPECT_WORDS, alias: ['ar'] },
  size: { kind: 'text', word: true, maxLength: 20 },
  // Picture i has the seed `seed + i`, and all of them must be whole numbers a double can hold.
  seed: { kind: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER - MAX_COUNT },
  count: { kind: 'integer', min: 1, max: MAX_COUNT, alias: ['n'] },
  steps: { kind: 'integer', min: 1, max: 100 },
  negative: { kind: 'text', maxLength: 1000, alias: ['no'] },
  guidance: { kind: 'number', min: 0, max: 30, alias: ['cfg'] },
  style: { kind: 'choice', choices: styleIds, suggests: 'choices' },
  private: { kind: 'flag' },
  vary: { kind: 'integer', min: 0, max: 100 },
} as const satisfies Params

/** A person's own defaults (`/settings`). */
export interface Defaults {
  readonly aspect?: Aspect | undefined
  readonly count?: number | undefined
  readonly style?: StyleId | undefined
}

/** A picture to be drawn: the prompt as typed, and what the engine gets. */
export interface Drawing {
  readonly prompt: string
  readonly style: StyleId | undefined
  readonly private: boolean
  readonly request: ImageRequest
}

/** Fills in what was not said from the person's defaults, then the model's. Throws where the model can't draw it. */
export function drawingOf(
  args: Args<typeof drawingParams>,
  profile: ModelProfile,
  defaults: Defaults,
  newSeed: () => number,
): Drawing {
  const style = args.style ?? defaults.style
  const request: ImageRequest = {
    prompt: styledPrompt(args.prompt, style),
    // Kept where it is ignored, too: the picture's message says so.
    ...(args.negative && { negativePrompt: args.negative }),
    ...sizeOf(args, profile, defaults),
    steps: args.steps ?? profile.steps,
    guidance: args.guidance ?? profile.guidance,
    seed: args.seed ?? newSeed(),
    count: args.count ?? defaults.count ?? 1,
    ...(args.vary && { vary: args.vary }),
  }
  checkRequest(request, profile)
  return { prompt: args.prompt, style, private: args.private, request }
}

/** What this model can't do, said before anybody waits for it. Also for requests made for another model. */
export function checkRequest(request: ImageRequest, profile: ModelProfile): void {
  const { widthPx, heightPx, steps } = request
  const { minEdgePx, maxEdgePx, maxSteps } = profile
  const value = `${widthPx}x${heightPx}`
  if (widthPx % 16 !== 0 || heightPx % 16 !== 0)
    throw new UserError('bad-size', { value, example: exampleSize(profile) })
  if (Math.min(widthPx, heightPx) < minEdgePx || Math.max(widthPx, heightPx) > maxEdgePx) {
    if (minEdgePx === maxEdgePx) throw new UserError('only-size', { value, widthPx: minEdgePx, heightPx: maxEdgePx })
    throw new UserError('size-outside', { value, minEdgePx, maxEdgePx })
  }
  if (steps > maxSteps) throw new UserError('too-many-steps', { steps, max: maxSteps })
}

/** Whether a negative prompt changes anything in this request. */
export function negativeActs(request: ImageRequest, profile: ModelProfile): boolean {
  return request.guidance > 0 && (profile.negativePrompt || request.guidance !== profile.guidance)
}

/**
 * The size of this shape that keeps the usual area, or the usual shorter edge, as the model wants it: in multiples of 16,
 * within what it draws well; of an area that is kept, nothing above it.
 */
export function fitAspect(aspect: Aspect, profile: ModelProfile): { widthPx: number; heightPx: number } {
  const [across, down] = aspect.split(':').map(Number) as [number, number]
  const ratio = across / down
  const area = profile.widthPx * profile.heightPx
  const keepsEdge = profile.shapesKeep === 'shorter-edge'
  const heightPx = keepsEdge
    ? Math.min(profile.widthPx, profile.heightPx) * Math.max(1, 1 / ratio)
    : Math.sqrt(area / ratio)
  const sized = (round: (cells: number) => number) => {
    const edge = (px: number) => Math.min(Math.max(round(px / 16) * 16, profile.minEdgePx), profile.maxEdgePx)
    return { widthPx: edge(heightPx * ratio), heightPx: edge(heightPx) }
  }
  const nearest = sized(Math.round)
  // The memory may be enough for just the usual size.
  return !keepsEdge && nearest.widthPx * nearest.heightPx > area ? sized(Math.floor) : nearest
}

/** A model of one size draws no other shape. */
export function drawsShapes(profile: ModelProfile): boolean {
  return profile.minEdgePx < profile.maxEdgePx
}

/** What a person's pictures have for whom this shape is the usual one. One that this model can't follow is no reason to refuse. */
export function usualSize(profile: ModelProfile, aspect: Aspect | undefined): { widthPx: number; heightPx: number } {
  const { widthPx, heightPx } = profile
  return aspect && drawsShapes(profile) ? fitAspect(aspect, profile) : { widthPx, heightPx }
}

function sizeOf(args: Args<typeof drawingParams>, profile: ModelProfile, defaults: Defaults) {
  const { widthPx, heightPx } = profile
  if (args.size !== undefined && args.aspect !== undefined) {
    throw new UserError('not-together', { params: ['aspect', 'size'] })
  }
  if (args.size !== undefined) return readSize(args.size, profile)
  if (args.aspect !== undefined && args.aspect !== '1:1' && !drawsShapes(profile)) {
    throw new UserError('only-size', { value: args.aspect, widthPx, heightPx })
  }
  return usualSize(profile, args.aspect ?? defaults.aspect)
}

function readSize(value: string, profile: ModelProfile) {
  const edges = /^(\d{1,5})\s*[x×*]\s*(\d{1,5})$/iu.exec(value.normalize('NFKC'))
  if (!edges) throw new UserError('bad-size', { value, example: exampleSize(profile) })
  return { widthPx: Number(edges[1]), heightPx: Number(edges[2]) }
}

function exampleSize({ widthPx, heightPx }: ModelProfile): string {
  return `${widthPx}x${heightPx}`
}
