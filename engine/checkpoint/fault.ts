import { EngineError, type EngineFault } from '../engine.ts'

/**
 * Something wrong with a model's files: an `EngineError` as plain data, so that several can be told together. What stands
 * in the way of a `models` command otherwise is a `ModelsError`, and what another try may mend a `Setback`.
 */
export interface Fault extends EngineFault {
  /** As the file spells it. */
  readonly tensor?: string
}

/** Rethrows what is no fault of the files. */
export function toFault(error: unknown): Fault {
  if (error instanceof EngineError) return error.fault
  throw error
}

/** Of a file or folder that cannot be opened: it is missing only where the system says that it is not there. */
export function unreadable(path: string, expected: string, cause: NodeJS.ErrnoException): EngineError {
  return cause.code === 'ENOENT'
    ? new EngineError('checkpoint-missing', `expected ${expected} at ${path}, found none`, {
        cause,
        situation: { kind: 'no-such-path', path },
      })
    : new EngineError('checkpoint-corrupt', `${path}: expected ${expected}, got ${cause.message}`, { cause })
}

/** Of a tensor that is not as the engine needs it. `reader` is who asked, told where there is no such tensor at all. */
export function unlike(
  name: string,
  expected: string,
  got: string,
  found: { readonly file: string } | undefined,
  reader: string,
): EngineError {
  // Parts have tensors of the same names.
  const where = found ? `in ${found.file}` : `for the ${reader}`
  return new EngineError('checkpoint-corrupt', `${name}: expected ${expected}, got ${got} (${where})`)
}

/** Throws the first, if there is one. */
export function expectNone(faults: readonly Fault[]): void {
  const [fault] = faults
  if (fault) throw EngineError.of(fault)
}
