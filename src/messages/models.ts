import { enModels } from './en-models.ts'
import type { Language } from './messages.ts'
import { zhModels } from './zh-models.ts'

/** What the `models` commands say; handed in by `main.ts`. */
export const modelsWords = { en: enModels, zh: zhModels }

/** Why a request came to nothing. */
export type Reason =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'network'; readonly code: string }
  | { readonly kind: 'silent'; readonly seconds: number }
  | { readonly kind: 'short' }

export interface ProgressLine {
  readonly name: string
  readonly progress: { readonly doneBytes: number; readonly totalBytes: number; readonly what: string }
  /** How many cells the bar has. */
  readonly cells: number
  /** Undefined: not known yet. */
  readonly bytesPerSecond: number | undefined
  readonly leftMs: number | undefined
}

/** What is wrong with a tensor of a model, or with a file. */
export type Finding =
  | { readonly kind: 'missing'; readonly tensor: string; readonly expected: readonly number[] }
  | { readonly kind: 'extra'; readonly tensor: string; readonly found: readonly number[]; readonly file: string }
  | {
      readonly kind: 'shape'
      readonly tensor: string
      readonly expected: readonly number[]
      readonly found: readonly number[]
      readonly file: string
    }
  | { readonly kind: 'type'; readonly tensor: string; readonly found: string; readonly file: string }
  | { readonly kind: 'not-finite'; readonly tensor: string; readonly count: number; readonly file: string }
  | { readonly kind: 'fault'; readonly message: string }

type Problems = typeof enModels.problems

/** What can stand in the way of a `models` command: everything there are words for. */
export type ModelsProblem = {
  [Code in keyof Problems]: { readonly code: Code } & Parameters<Problems[Code]>[0]
}[keyof Problems]

export function explainProblem(problem: ModelsProblem, language: Language): string {
  const explain = modelsWords[language].problems[problem.code] as (details: ModelsProblem) => string
  return explain(problem)
}
