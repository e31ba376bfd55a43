import { GrammyError, HttpError } from 'grammy'
import { type TelegramClock, wait } from './clock.ts'
import { comeOnline, type Health, type HealthState } from './health.ts'
import type { TelegramLog } from './log.ts'
import { withoutToken } from './redact.ts'

const FIRST_PAUSE_MS = 1000
// A crash loop must not hammer the platform, and an owner who mends the token is not kept waiting for long.
const LONGEST_PAUSE_MS = 60_000

interface Deps {
  readonly clock: TelegramClock
  readonly health: Health
  readonly log: TelegramLog
  readonly stopped: AbortSignal
  readonly token: string
}

/**
 * Runs a connection until `stopped`, and again, with growing pauses and none shorter than Telegram asks for, whenever it ends
 * in an error. `run` calls `onOnline` whenever it works, and what came is kept: the next pause is then short again. Never
 * rejects.
 */
export async function supervise(deps: Deps, run: (onOnline: () => void) => Promise<void>): Promise<void> {
  const { clock, health, log, stopped, token } = deps
  let pauseMs = FIRST_PAUSE_MS

  while (!stopped.aborted) {
    let askedMs = 0
    try {
      await run(() => {
        comeOnline(health, log)
        pauseMs = FIRST_PAUSE_MS
      })
    } catch (error) {
      if (stopped.aborted) break
      if (error instanceof GrammyError) askedMs = (error.parameters.retry_after ?? 0) * 1000
      const { state, advice, isOutage = false } = diagnose(error)
      health.state = state
      const reason = withoutToken(error instanceof Error ? error.message : String(error), token)
      if (isOutage) log.warn({ reason, pauseMs }, advice)
      else log.error({ reason, pauseMs }, advice)
    }
    await wait(clock, Math.max(pauseMs, askedMs), stopped).catch(() => {})
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
  }
  health.state = 'stopped'
}

interface Diagnosis {
  readonly state: HealthState
  readonly advice: string
  /** It passes, and nobody has to do anything. */
  readonly isOutage?: boolean
}

function diagnose(error: unknown): Diagnosis {
  const code = error instanceof GrammyError ? error.error_code : undefined
  // A token that was never one is 404, a revoked one 401.
  if (code === 401 || code === 404)
    return {
      state: 'token-refused',
      advice: 'Telegram refuses the token: set TELEGRAM_TOKEN to the one from @BotFather',
    }
  if (code === 409)
    return { state: 'other-instance', advice: 'another program polls with this token: one instance per bot' }
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE')
    return { state: 'waiting', advice: "the webhook's port is taken: set another TELEGRAM_WEBHOOK_PORT" }
  if (code === 400)
    return { state: 'waiting', advice: 'Telegram refuses what it is asked: is TELEGRAM_WEBHOOK_URL right?' }
  if (!(error instanceof GrammyError || error instanceof HttpError))
    return { state: 'waiting', advice: 'something is wrong on this side, not with Telegram: trying again' }
  return { state: 'waiting', advice: 'no connection to Telegram, trying again', isOutage: true }
}
