import { existsSync, renameSync, statSync } from 'node:fs'
import pino from 'pino'
import type { LogLevel } from './config.ts'

export type Log = pino.Logger

interface LogOptions {
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
  let file = openFile(path)
  let bytes = statSync(path).size
  const begin = () => {
    bytes = 0
    try {
      if (existsSync(path)) renameSync(path, `${path}.1`)
      const next = openFile(path)
      file.end()
      file = next
    } catch {
      // The file that is open takes the lines until another can be opened.
    }
  }
  const conceal = concealing(secrets)
  const write = (line: string) => {
    const safe = conceal(line)
    // Its owner may have moved or deleted it.
    if (bytes > LARGEST_FILE_BYTES || !existsSync(path)) begin()
    bytes += Buffer.byteLength(safe)
    file.write(safe)
    echo?.(safe)
  }
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write })
}

function openFile(path: string) {
  const file = pino.destination({ dest: path, sync: true, mkdir: true })
  // On a full disk lines wait for room; without a listener each would be an error in whatever it tells of.
  file.on('error', () => {})
  return file
}

/** A function that replaces the secrets in a text, also as they look inside a URL or JSON. */
function concealing(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(
    secrets
      .filter((secret) => secret !== '')
      .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]),
  )
  return (text) => [...forms].reduce((safe, form) => safe.replaceAll(form, '[secret]'), text)
}
