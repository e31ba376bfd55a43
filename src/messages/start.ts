import { enStart } from './en-start.ts'
import type { Language } from './language.ts'
import { explain, type ProblemOf } from './problems.ts'
import { zhStart } from './zh-start.ts'

/** What `main.ts` says to whoever starts the program. */
export const startWords = { en: enStart, zh: zhStart }

/** Why the program does not start. */
export type StartProblem = ProblemOf<typeof enStart.problems>

export function explainStart(problem: StartProblem, language: Language): string {
  return explain(startWords[language].problems, problem)
}
