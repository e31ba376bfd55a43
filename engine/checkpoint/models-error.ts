import type { EngineFault } from '../engine.ts'
import type { Reason } from './setback.ts'

/** Everything that can stand in the way of a `models` command, as plain data: whoever shows it finds the words. */
type ModelsProblem =
  | { readonly code: 'unknown-name'; readonly given: string; readonly known: readonly string[] }
  /** The name is taken, by what came from `repo` where that is known. */
  | { readonly code: 'exists'; readonly path: string; readonly repo: string | undefined }
  /** It came from `repo`, and is not what the engine reads. */
  | {
      readonly code: 'unusable'
      readonly name: string
      readonly path: string
      readonly repo: string
      readonly fault: EngineFault
    }
  | { readonly code: 'unreachable'; readonly host: string; readonly reason: Reason }
  /** The hub says the same of repositories that are private and of those that are not there. */
  | { readonly code: 'no-repository'; readonly repo: string; readonly host: string; readonly hasToken: boolean }
  | { readonly code: 'no-revision'; readonly repo: string; readonly revision: string }
  | { readonly code: 'gated'; readonly repo: string; readonly host: string; readonly hasToken: boolean }
  | { readonly code: 'bad-token'; readonly host: string }
  | { readonly code: 'refused'; readonly host: string; readonly status: number }
  /** What the server said is not what a hub says. */
  | { readonly code: 'not-a-hub'; readonly host: string; readonly what: string }
  /** Instead of the file. */
  | { readonly code: 'web-page'; readonly host: string; readonly file: string }
  /** Not in the released layout, for want of this file. */
  | { readonly code: 'not-z-image'; readonly repo: string; readonly missing: string }
  /** `what`: which file says what else. */
  | { readonly code: 'other-architecture'; readonly repo: string; readonly what: string }
  | { readonly code: 'no-disk'; readonly path: string; readonly needBytes: number; readonly freeBytes: number }
  | { readonly code: 'wrong-size'; readonly file: string; readonly expected: number; readonly got: number }
  | { readonly code: 'damaged'; readonly file: string; readonly expected: string; readonly got: string }
  | { readonly code: 'no-such-model'; readonly given: string; readonly known: readonly string[] }
  /** It is on its way, or was when a run ended. */
  | { readonly code: 'unfinished'; readonly given: string }
  | { readonly code: 'outside'; readonly path: string; readonly folder: string }
  | { readonly code: 'in-use'; readonly path: string }
  /** A process draws with it. */
  | { readonly code: 'running'; readonly path: string }

/** A `models` command that cannot be done. */
export class ModelsError extends Error {
  override readonly name = 'ModelsError'
  readonly problem: ModelsProblem

  constructor(problem: ModelsProblem, options?: ErrorOptions) {
    super(JSON.stringify(problem), options)
    this.problem = problem
  }
}
