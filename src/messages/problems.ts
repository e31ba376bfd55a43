type Sentences = Readonly<Record<string, (details: never) => string>>

/** What there are sentences for: each by its code, with the details that its sentence needs. */
export type ProblemOf<S extends Sentences> = {
  [Code in keyof S]: { readonly code: Code } & Parameters<S[Code]>[0]
}[keyof S]

/** For a `ProblemOf` these sentences. */
export function explain(sentences: Sentences, problem: { readonly code: string }): string {
  return (sentences[problem.code] as (details: typeof problem) => string)(problem)
}
