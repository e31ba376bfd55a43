import { createHash } from 'node:crypto'
import type { EngineInfo, ImageRequest } from '../engine/engine.ts'

/** Names what determines the pixels or is told in the files: two requests with one recipe give the same files. */
export function recipeOf(request: ImageRequest, engine: EngineInfo): string {
  const parts = [
    engine.model,
    engine.modelHash,
    engine.engineVersion,
    engine.device,
    request.prompt,
    request.negativePrompt ?? '',
    request.widthPx,
    request.heightPx,
    request.steps,
    request.guidance,
    request.guidanceRenormalisation ?? 0,
    request.guidanceTruncation ?? 1,
    request.seed,
    request.count ?? 1,
    request.vary ?? 0,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}
