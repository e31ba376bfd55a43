import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const POLL_MS = 200

/** Watches the first card's memory until it is told to stop; then says the most that was in use beyond what was at first. */
export async function watchMemory(): Promise<() => Promise<number | undefined>> {
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
