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

/** The last word of a process that dies. */
export function explainCrash(
  error: unknown,
  { dataDir, log }: { readonly dataDir: string; readonly log: string },
  language: Language,
): string {
  const { diskFull, crashed } = startWords[language]
  // Where there is no room, the log has none for it either.
  const isFull = error instanceof Error && 'code' in error && ['SQLITE_FULL', 'ENOSPC'].includes(String(error.code))
  return isFull ? diskFull(dataDir) : crashed(log)
}
