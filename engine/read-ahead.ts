import { Worker } from 'node:worker_threads'
import type { StoredTensor } from './checkpoint/safetensors.ts'

/** Bytes of a file that are wanted soon. */
export type FileRange = Pick<StoredTensor, 'file' | 'offset' | 'length'>

// Below this the files are read before a thread has started.
const WORTH_BYTES = 2 ** 28

/**
 * Reads files into the operating system's cache from a thread of its own, in this order: the runtime, which takes one tensor
 * after another and packs it in between, then waits for the disk less. Returns the thread, to be ended when all is loaded;
 * undefined where it would not help. Only a hint: a file that cannot be read is left to whoever loads it.
 *
 * @param freeBytes memory that the cache may take
 */
export function readAhead(ranges: readonly FileRange[], freeBytes: number): Worker | undefined {
  const bytes = ranges.reduce((sum, { length }) => sum + length, 0)
  // Where it does not fit, the end would push out the beginning, and all would be read twice.
  if (bytes < WORTH_BYTES || bytes > freeBytes) return undefined
  const worker = new Worker(new URL('./read-ahead-thread.ts', import.meta.url), { workerData: ranges })
  worker.on('error', () => {})
  worker.unref()
  return worker
}
