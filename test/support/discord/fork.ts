import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export type ToEmulator =
  | { readonly kind: 'load'; readonly people: number; readonly overMs: number }
  | { readonly kind: 'close' }

export type FromEmulator =
  | { readonly kind: 'listening'; readonly apiUrl: string; readonly token: string }
  | { readonly kind: 'loaded'; readonly latenciesMs: readonly number[] }

/** Discord in another process. */
export async function forkDiscord() {
  const child = fork(join(import.meta.dirname, 'forked.ts'))
  const next = async <K extends FromEmulator['kind']>(kind: K) => {
    const [message] = (await once(child, 'message')) as [FromEmulator]
    if (message.kind !== kind) throw new Error(`expected ${kind} of the emulator, got ${message.kind}`)
    return message as Extract<FromEmulator, { kind: K }>
  }
  const tell = (message: ToEmulator) => child.send(message)
  const { apiUrl, token } = await next('listening')
  return {
    apiUrl,
    token,
    /** Milliseconds until each of `people` had a first answer, who ask one after another within `overMs`. */
    async load(people: number, overMs: number): Promise<readonly number[]> {
      tell({ kind: 'load', people, overMs })
      return (await next('loaded')).latenciesMs
    },
    async close(): Promise<void> {
      const gone = once(child, 'exit')
      tell({ kind: 'close' })
      await gone
    },
  }
}
