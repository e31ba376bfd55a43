/**
 * A reader of standard output may go away, or its disk be full: nothing is lost by it, for the data folder has every picture
 * and model, and the log's file every line. `isLog`: what is written there is the log. `explain` says another trouble than a
 * reader who left in the words of whoever sits here.
 */
export function letReadersLeave(isLog: boolean, explain: (reason: string) => string): void {
  let isSaid = isLog
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isSaid || error.code === 'EPIPE') return
    isSaid = true
    console.error(explain(error.message))
    // What was asked for goes on, and its own exit status would hide this.
    process.on('exit', () => {
      process.exitCode = 1
    })
  })
}
