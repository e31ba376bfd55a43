import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))

/**
 * The program as somebody starts it, with no more of an environment than is given, in the repository unless `cwd` names another
 * folder. Killed when the test is over.
 */
export function startProgram(args: readonly string[], env: Readonly<Record<string, string>>, cwd = REPOSITORY) {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env: { PATH, NODE_COMPILE_CACHE, ...env } })
  onTestFinished(() => void child.kill('SIGKILL'))
  let [said, complained] = ['', '']
  child.stdout.on('data', (text) => {
    said += text
  })
  child.stderr.on('data', (text) => {
    complained += text
  })
  const ended = once(child, 'close').then(([status, signal]) => ({ status, signal, said, complained }))
  return { child, ended }
}

/** The same with a data folder of its own, and no health port that another could have. */
export function startIn(folder: string, args: readonly string[], env: Record<string, string> = {}, cwd?: string) {
  return startProgram(args, { DATA_DIR: folder, HEALTH_PORT: '0', LOG_LEVEL: 'debug', ...env }, cwd)
}
