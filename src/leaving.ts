import type { Log } from './log.ts'

interface LeavingDeps {
  /** The ordered stop. Called once. */
  readonly stop: () => Promise<void>
  /** What Ctrl-C cancels before it ends the program; false: nothing. */
  readonly interrupt: () => boolean
  readonly log: Log
  /** Said before it dies of an error nobody expected. */
  readonly crashed: (error: unknown) => string
  /** npm started us: where its shell gives way to us, every signal comes twice, since npm passes on what reached us both. */
  readonly byNpm: boolean
}

// A signal from npm that comes so soon after another is the same one.
const ECHO_MS = 500

/**
 * How the process ends. The first SIGTERM or SIGINT: in order, with exit status 0. A second one: at once, and without
 * loss, for every promise that was made is in the database. An error nobody expected: at once too, since nobody knows
 * what still works. Gives the function that ends the process in order.
 */
export function leaveOnSignals({ stop, interrupt, log, crashed, byNpm }: LeavingDeps): () => Promise<void> {
  let left: Promise<void> | undefined

  const leave = (): Promise<void> => {
    // A platform's library may still hold a timer or a socket.
    left ??= stop().then(
      () => process.exit(),
      (error: unknown) => {
        log.fatal({ err: error }, 'the stop failed')
        process.exit(1)
      },
    )
    return left
  }
  let heardAt = Number.NEGATIVE_INFINITY
  const onSignal = (signal: NodeJS.Signals) => {
    // Not the time of day, which may be set back.
    const now = performance.now()
    if (byNpm && now - heardAt < ECHO_MS) return
    heardAt = now
    if (left) dieNow()
    // Ctrl-C first cancels what is being drawn for the person at the keyboard.
    if (signal === 'SIGINT' && interrupt()) return
    log.info({ signal }, 'stopping')
    void leave()
  }

  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'an error nobody expected')
    // Not the error itself: only the log conceals secrets.
    console.error(crashed(error))
    dieNow()
  })
  return leave
}

/** Not `process.exit`, which aborts with a core dump while the engine computes. */
function dieNow(): void {
  process.kill(process.pid, 'SIGKILL')
}
