import { PassThrough } from 'node:stream'

/** What somebody types, a line at a time. */
export function createKeyboard() {
  const stream = new PassThrough()
  return Object.assign(stream, { type: (line: string) => void stream.write(`${line}\n`) })
}
