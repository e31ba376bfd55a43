import type { CheckpointConfig } from './checkpoint/config.ts'
import { EngineError, type ImageRequest } from './engine.ts'
import { EDGE_MULTIPLE_PX, pictureLimits } from './picture-limits.ts'

// Far beyond what any model reads; a bound on the tokenizer's work.
const MAX_PROMPT_CHARACTERS = 100_000
const MAX_STEPS = 1000
const MAX_GUIDANCE = 100
const MAX_COUNT = 100

/**
 * Throws an `EngineError` `bad-request` that says what was expected, unless the model can compute the request. Requests
 * come from another thread (one day from another machine), so nothing about their types is taken for granted.
 */
export function checkRequest(request: ImageRequest, config: CheckpointConfig): void {
  const { widthPx, heightPx } = pictureLimits(config)
  const { count = 1, guidanceRenormalisation = 0, guidanceTruncation = 1, vary = 0 } = request

  expectText('prompt', request.prompt)
  if (request.negativePrompt !== undefined) expectText('negativePrompt', request.negativePrompt)
  expectEdge('widthPx', request.widthPx, widthPx)
  expectEdge('heightPx', request.heightPx, heightPx)
  expectInteger('steps', request.steps, 1, MAX_STEPS)
  expectInteger('count', count, 1, MAX_COUNT)
  // The last picture's seed is a whole number, too.
  expectInteger('seed', request.seed, 0, Number.MAX_SAFE_INTEGER - (count - 1))
  expectNumber('guidance', request.guidance, 0, MAX_GUIDANCE)
  expectNumber('guidanceRenormalisation', guidanceRenormalisation, 0, MAX_GUIDANCE)
  expectNumber('guidanceTruncation', guidanceTruncation, 0, 1)
  expectNumber('vary', vary, 0, 100)
}

function fail(name: string, expected: string, got: unknown): never {
  throw new EngineError(
    'bad-request',
    `${name}: expected ${expected}, got ${typeof got === 'string' ? `${got.length} characters` : String(got)}`,
  )
}

function expectText(name: string, value: unknown): void {
  if (typeof value !== 'string' || value.length > MAX_PROMPT_CHARACTERS)
    fail(name, `a text of at most ${MAX_PROMPT_CHARACTERS} characters`, value)
}

function expectEdge(name: string, value: unknown, max: number): void {
  const least = EDGE_MULTIPLE_PX
  const fits = typeof value === 'number' && value >= least && value <= max && value % least === 0
  if (!fits) fail(name, `a multiple of ${least} from ${least} to ${max} pixels`, value)
}

function expectInteger(name: string, value: unknown, min: number, max: number): void {
  if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max)
    fail(name, `a whole number from ${min} to ${max}`, value)
}

function expectNumber(name: string, value: unknown, min: number, max: number): void {
  if (typeof value !== 'number' || !(value >= min && value <= max)) fail(name, `a number from ${min} to ${max}`, value)
}
