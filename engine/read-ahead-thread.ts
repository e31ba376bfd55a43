/** The thread of `readAhead`. What it reads it throws away. */
import { closeSync, openSync, readSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import type { FileRange } from './read-ahead.ts'

const scratch = new Uint8Array(2 ** 22)
const opened = new Map<string, number>()

for (const { file, offset, length } of workerData as readonly FileRange[]) {
  const descriptor = opened.get(file) ?? openSync(file, 'r')
  opened.set(file, descriptor)
  for (let at = 0; at < length; at += scratch.length)
    readSync(descriptor, scratch, 0, Math.min(scratch.length, length - at), offset + at)
}
for (const descriptor of opened.values()) closeSync(descriptor)
