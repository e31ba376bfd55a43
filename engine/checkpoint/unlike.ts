import { EngineError } from '../engine.ts'
import type { StoredTensor } from './safetensors.ts'

/**
 * A tensor that is not as the engine needs it; `reader` is who asked, where there is none. Its name comes first, before a colon:
 * wanted.ts reads it there. Parts have tensors of the same names, so the file is told.
 */
export function unlike(name: string, expected: string, got: string, found: StoredTensor | undefined, reader: string) {
  const where = found ? `in ${found.file}` : `for the ${reader}`
  return new EngineError('checkpoint-corrupt', `${name}: expected ${expected}, got ${got} (${where})`)
}
