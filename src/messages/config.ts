import { enConfig } from './en-config.ts'
import type { Language } from './language.ts'
import { explain, type ProblemOf } from './problems.ts'
import { zhConfig } from './zh-config.ts'

const words = { en: enConfig, zh: zhConfig }

/** What is wrong with a variable, or with the file that sets them. */
export type ConfigProblem = ProblemOf<typeof enConfig.problems>

export function explainConfig(problems: readonly ConfigProblem[], language: Language): string {
  const { title, problems: sentences } = words[language]
  return [title(problems.length), ...problems.map((problem) => `  ${explain(sentences, problem)}`)].join('\n')
}
