import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Ended } from './json-process.ts'

const run = promisify(execFile)
const POLL_MS = 200

/** Puts the memory beside what is measured. */
export async function watched<T extends object>(
  run: () => Promise<Ended<T>>,
): Promise<Ended<T & { memoryMb?: number }>> {
  const stop = await watchMemory()
  const { printed, ...ended } = await run()
  const memoryMb = await stop()
  return { ...ended, printed: printed && { ...printed, memoryMb } }
}

/** Watches the first card's memory until it is told to stop; then says the most that was in use beyond what was at first. */
async function watchMemory(): Promise<() => Promise<number | undefined>> {
  const before = await usedMb()
  if (before === undefined) return async () => undefined
  let peakMb = before
  let watching = true
  const watch = (async () => {
    while (watching) {
      peakMb = Math.max(peakMb, (await usedMb()) ?? 0)
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  })()
  return async () => {
    watching = false
    await watch
    return peakMb - before
  }
}

async function usedMb(): Promise<number | undefined> {
  const args = ['--query-gpu=memory.used', '--format=csv,noheader,nounits', '--id=0']
  const used = await run('nvidia-smi', args).then(
    ({ stdout }) => Number(stdout),
    () => Number.NaN,
  )
  return Number.isNaN(used) ? undefined : used
}
