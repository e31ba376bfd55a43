import { enModels } from './en-models.ts'
import type { Language } from './language.ts'
import { explain, type ProblemOf } from './problems.ts'
import { zhModels } from './zh-models.ts'

/** What the `models` commands say; handed in by `main.ts`. */
export const modelsWords = { en: enModels, zh: zhModels }

/** What can stand in the way of a `models` command: everything there are words for. */
export type ModelsProblem = ProblemOf<typeof enModels.problems>

export function explainProblem(problem: ModelsProblem, language: Language): string {
  return explain(modelsWords[language].problems, problem)
}
