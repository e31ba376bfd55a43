import { EngineError } from '../engine.ts'
import type { StoredTensor } from './safetensors.ts'

/** A tensor that is not as the engine needs it: `checkpoint-corrupt`. */
export class TensorError extends EngineError {
  readonly tensor: string

  constructor(tensor: string, what: string) {
    super('checkpoint-corrupt', `${tensor}: ${what}`)
    this.tensor = tensor
  }
}

/** `reader` is who asked, where there is none. Parts have tensors of the same names, so the file is told. */
export function unlike(
  name: string,
  expected: string,
  got: string,
  found: StoredTensor | undefined,
  reader: string,
): TensorError {
  const where = found ? `in ${found.file}` : `for the ${reader}`
  return new TensorError(name, `expected ${expected}, got ${got} (${where})`)
}
