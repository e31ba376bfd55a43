import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { ConfigError, VARIABLES } from './config.ts'
import { nearest } from './nearest.ts'

// Desktops set it for every program: what stands in the file is rather what was meant.
const OF_DESKTOPS = 'LANGUAGE'

/** A variable of the file that is none of ours, and the one that was probably meant. */
interface UnknownSetting {
  readonly name: string
  readonly nearest: string | undefined
}

/**
 * Puts the variables of the file, where there is one, into the environment; what is set already stays. Gives those that are
 * none of ours. Not `process.loadEnvFile`, which says of every file it can't read that it is not there. Throws a
 * `ConfigError`.
 */
export function loadSettings(path: string): UnknownSetting[] {
  if (!existsSync(path)) return []
  const text = readText(path)
  const settings = parseEnv(text)
  for (const [name, value] of Object.entries(settings))
    if (process.env[name] === undefined || name === OF_DESKTOPS) process.env[name] = value
  const known = Object.keys(VARIABLES.shape)
  // Node's parser passes over `NAME: value`, and over the wide equals sign of a Chinese keyboard.
  const lost = known.filter((name) => !(name in settings) && new RegExp(`^\\s*${name}\\b`, 'mu').test(text))
  if (lost.length > 0) throw new ConfigError(lost.map((variable) => ({ code: 'no-equals', variable })))
  return Object.keys(settings)
    .filter((name) => !known.includes(name))
    .map((name) => ({ name, nearest: nearest(name.toUpperCase(), known) }))
}

function readText(path: string): string {
  try {
    return textOf(readFileSync(path))
  } catch (error) {
    throw new ConfigError([{ code: 'unreadable', variable: path, reason: (error as Error).message }], { cause: error })
  }
}

/** Without the mark that some editors put first, and in UTF-16 where Windows' PowerShell wrote it: `>` does so there. */
function textOf(bytes: Buffer): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes)
}
