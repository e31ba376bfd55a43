/**
 * The real worker, but the prompt "crash" is an error that nobody catches, and "vanish" ends the thread. While the file
 * that CRASH_WHILE_LOADING names is there, it dies before the model is loaded; that of CRASH_WHEN_LOADED, right after.
 */
import { existsSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import type { ToWorker } from '../../engine/protocol.ts'

if (existsSync(process.env.CRASH_WHILE_LOADING ?? '')) throw new Error('a fault while loading')
await import('../../engine/worker.ts')
if (existsSync(process.env.CRASH_WHEN_LOADED ?? '')) throw new Error('a fault of an idle thread')

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind !== 'generate') return
  if (message.request.prompt === 'vanish') process.exit(3)
  if (message.request.prompt === 'crash')
    setImmediate(() => {
      throw new Error('a fault of our own')
    })
})
