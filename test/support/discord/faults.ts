import { EventEmitter, once } from 'node:events'

/**
 * What may go wrong with one request: the socket is `reset` before Discord sees it; it is `lost`, seen and done without
 * an answer; it is answered with a `status`, or by a server in front of Discord with a `page`; it is `held` until `release`.
 */
type Fault =
  | { readonly kind: 'reset' | 'lost' | 'held' }
  | { readonly kind: 'page'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'status'; readonly status: number; readonly code?: number; readonly retryAfterSeconds?: number }

interface Planned {
  readonly method: string
  readonly path: RegExp
  readonly fault: Fault
  times: number
}

export type Faults = ReturnType<typeof createFaults>

/** A plan of what goes wrong. A fault happens to the next requests that fit, `times` of them. */
export function createFaults() {
  const planned: Planned[] = []
  const gate = new EventEmitter().setMaxListeners(0)
  let holding = 0
  return {
    plan(method: string, path: RegExp, fault: Fault, times = 1): void {
      planned.push({ method, path, fault, times })
    },
    next(method: string, path: string): Fault | undefined {
      const found = planned.find((plan) => plan.times > 0 && plan.method === method && plan.path.test(path))
      if (found) found.times--
      return found?.fault
    },
    async held(): Promise<void> {
      holding++
      await once(gate, 'release')
      holding--
    },
    /** How many requests are held now. */
    holding: () => holding,
    release: () => void gate.emit('release'),
  }
}
