import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { ConfigError } from './config.ts'

// Desktops set it for every program: what stands in the file is rather what was meant.
const OF_DESKTOPS = 'LANGUAGE'

/**
 * Puts the variables of the file, where there is one, into the environment; what is set already stays. Not
 * `process.loadEnvFile`, which says of every file it can't read that it is not there. Throws a `ConfigError`.
 */
export function loadSettings(path: string): void {
  if (!existsSync(path)) return
  try {
    for (const [name, value] of Object.entries(parseEnv(withoutMark(readFileSync(path, 'utf8')))))
      if (process.env[name] === undefined || name === OF_DESKTOPS) process.env[name] = value
  } catch (error) {
    throw new ConfigError([{ code: 'unreadable', variable: path, reason: (error as Error).message }], { cause: error })
  }
}

/** Some editors put a byte order mark first: it would be part of the first variable's name. */
function withoutMark(text: string): string {
  return text.replace(/^\ufeff/u, '')
}
