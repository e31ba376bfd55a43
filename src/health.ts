import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EngineStatus } from './engines.ts'
import type { Metrics } from './metrics.ts'
import type { Services } from './services.ts'

/** Whether a part works, with what there is to say about it. */
export interface Health {
  readonly ok: boolean
  readonly detail?: string
}

interface HealthDeps {
  readonly port: number
  readonly metrics: Metrics
  /** Every part by name. */
  readonly check: () => Readonly<Record<string, Health>>
}

/**
 * `/healthz` (200 while every part works, else 503, with the parts as JSON) and `/metrics`, for this machine only:
 * neither asks who you are. Resolves when it listens.
 */
export async function serveHealth({
  port,
  metrics,
  check,
}: HealthDeps): Promise<{ port: number; close(): Promise<void> }> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    // Whoever watches may add one, so that no cache answers.
    const path = request.url?.split('?')[0]
    if (path === '/healthz') {
      const parts = check()
      const ok = Object.values(parts).every((part) => part.ok)
      response.writeHead(ok ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify({ ok, parts }))
    } else if (path === '/metrics') {
      const text = await metrics.text()
      response.writeHead(200, { 'content-type': metrics.contentType }).end(text)
    } else {
      response.writeHead(404).end()
    }
  }
  const server = createServer((request, response) => {
    // A look must not end the service.
    answer(request, response).catch((error) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Every part of the house but the platforms, by name. */
export function healthOfHouse({
  engines,
  queue,
  pictures,
}: Pick<Services, 'engines' | 'queue' | 'pictures'>): Record<string, Health> {
  return {
    ...Object.fromEntries(engines.statuses().map((status) => [`engine ${status.number}`, healthOfEngine(status)])),
    queue: { ok: true, detail: queue.mode() },
    disk: { ok: !pictures.full() },
  }
}

/** Asleep is well, unless it could not wake. */
function healthOfEngine({ name, state, reason }: EngineStatus): Health {
  const detail = reason === undefined ? `${name} ${state}` : `${name} ${state}: ${reason}`
  return { ok: state === 'awake' || (state === 'asleep' && reason === undefined), detail }
}
