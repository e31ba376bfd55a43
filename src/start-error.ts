import { explainStart, type StartProblem } from './messages/start.ts'

/** The program can't start, and whoever starts it can mend that. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly problem: StartProblem

  constructor(problem: StartProblem, options?: ErrorOptions) {
    super(explainStart(problem, 'en'), options)
    this.problem = problem
  }
}
