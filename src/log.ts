import { mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import pino from 'pino'
import type { LogLevel } from './config.ts'

export type Log = pino.Logger

export interface LogOptions {
  readonly path: string
  /** Gets every line too: standard output, where no terminal chat owns it. */
  readonly echo?: (line: string) => void
  readonly level: LogLevel
  /** Replaced in every line, wherever they come from: libraries put tokens into URLs, messages and nested objects. */
  readonly secrets: readonly string[]
}

// Two of these are kept: enough for weeks, and never a full disk.
const LARGEST_FILE_BYTES = 50 * 2 ** 20

/** JSON, one line an event; lines that concern a job have its id as `job`. */
export function createLog({ path, echo, level, secrets }: LogOptions): Log {
  mkdirSync(dirname(path), { recursive: true })
  const file = pino.destination({ dest: path, sync: true })
  // On a full disk lines wait for room; without a listener each would be an error in whatever it tells of.
  file.on('error', () => {})
  const conceal = concealing(secrets)
  let bytes = statSync(path).size
  const write = (line: string) => {
    const safe = conceal(line)
    if (bytes > LARGEST_FILE_BYTES) {
      renameSync(path, `${path}.1`)
      file.reopen()
      bytes = 0
    }
    bytes += Buffer.byteLength(safe)
    file.write(safe)
    echo?.(safe)
  }
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write })
}

/** A function that replaces the secrets in a text, also as they look inside a URL or JSON. */
export function concealing(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(
    secrets
      .filter((secret) => secret !== '')
      .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]),
  )
  return (text) => [...forms].reduce((safe, form) => safe.replaceAll(form, '[secret]'), text)
}
