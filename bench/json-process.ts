import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What a process printed last as a line of JSON, and why it did not end well: it may have both, or neither. */
export interface Ended<T> {
  readonly printed?: T
  readonly failure?: string
}

// Of all that it prints.
const MAX_BYTES = 2 ** 26

/** Runs a process to its end or its limit. What it measured before it failed, or before it died of its own exit, is not lost. */
export function runJson<T>(
  command: string,
  args: readonly string[],
  { limitMs, env = process.env }: { readonly limitMs: number; readonly env?: NodeJS.ProcessEnv },
): Promise<Ended<T>> {
  const limits = { timeout: Math.max(1, Math.round(limitMs)), maxBuffer: MAX_BYTES }
  return new Promise((resolve) => {
    execFile(command, args, { env, ...limits }, (error, stdout, stderr) => {
      const printed = lastJson(stdout) as T | undefined
      const failure = !error
        ? printed === undefined && 'it printed nothing'
        : error.killed
          ? `it was stopped after ${Math.round(limitMs / 1000)} s`
          : reasonIn(stderr || error.message)
      resolve({ printed, failure: failure || undefined })
    })
  })
}

/** Runs a file of this folder in a process of its own. Gives the JSON that it prints; rejects where it fails. */
export async function runFile<T>(name: string, ...args: readonly string[]): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, name), ...args])
  return JSON.parse(stdout)
}

/** A line that was cut off when the process died is none. */
function lastJson(output: string): unknown {
  for (const line of output.trim().split('\n').reverse())
    try {
      return JSON.parse(line)
    } catch {}
  return undefined
}

/** Node says its error before the stack, Python behind it. */
function reasonIn(output: string): string {
  const lines = output.trim().split('\n')
  return lines.find((line) => /^\s*\[?\w*Error\b/.test(line))?.trim() ?? lines.slice(-3).join('\n')
}
