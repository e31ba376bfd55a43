import { setImmediate } from 'node:timers/promises'
import { EngineError } from './engine.ts'

/** Lets messages in (a cancel among them) and stops where one was: an `EngineError` `cancelled`. */
export async function cancellationPoint(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate()
  if (signal?.aborted) throw new EngineError('cancelled', 'the request was cancelled')
}
