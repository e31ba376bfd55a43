import { enModels } from './en-models.ts'
import type { Language } from './messages.ts'
import { zhModels } from './zh-models.ts'

/** What the `models` commands say; handed in by `main.ts`. */
export const modelsWords = { en: enModels, zh: zhModels }

type Problems = typeof enModels.problems

/** What can stand in the way of a `models` command: everything there are words for. */
export type ModelsProblem = {
  [Code in keyof Problems]: { readonly code: Code } & Parameters<Problems[Code]>[0]
}[keyof Problems]

export function explainProblem(problem: ModelsProblem, language: Language): string {
  const explain = modelsWords[language].problems[problem.code] as (details: ModelsProblem) => string
  return explain(problem)
}
