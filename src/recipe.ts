import { createHash } from 'node:crypto'
import type { EngineInfo, ImageRequest } from '../engine/engine.ts'

/** Names what determines the pixels: two requests with one recipe give the same pictures. */
export function recipeOf(request: ImageRequest, engine: EngineInfo): string {
  const guided = request.guidance > 0
  const parts = [
    engine.model,
    engine.modelHash,
    engine.engineVersion,
    engine.device,
    request.prompt,
    guided ? (request.negativePrompt ?? '') : '',
    request.widthPx,
    request.heightPx,
    request.steps,
    request.guidance,
    guided ? (request.guidanceRenormalisation ?? 0) : 0,
    guided ? (request.guidanceTruncation ?? 1) : 1,
    request.seed,
    request.count ?? 1,
    request.vary ?? 0,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}
