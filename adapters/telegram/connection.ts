import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import type { ApiClientOptions } from 'grammy'

type Fetch = NonNullable<ApiClientOptions['fetch']>

// An idle connection may die silently on the way; what is then sent over it is doubtful. So none is kept for long.
const IDLE_SOCKET_MS = 15_000
// Node gives each of a host's addresses a quarter of a second, which a far or a busy network needs longer than.
const ADDRESS_MS = 3000
// Before the answer is given up, which would leave it open whether anything was sent.
const CONNECT_MS = 10_000

// The one that grammY uses by itself: it takes grammY's streams and an agent, which Node's own does not.
const nodeFetch = createRequire(createRequire(import.meta.url).resolve('grammy'))('node-fetch') as Fetch

/** What an error's words begin with where no connection came about, or it was cut before all was sent: nothing arrived. */
export const NEVER_SENT = 'never sent'

/** Keeps connections for a while. */
export function createAgent(isSecure: boolean, connectMs = CONNECT_MS): HttpAgent | HttpsAgent {
  const options = { keepAlive: true, timeout: IDLE_SOCKET_MS, autoSelectFamilyAttemptTimeout: ADDRESS_MS }
  const agent = isSecure ? new HttpsAgent(options) : new HttpAgent(options)
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (target, callback) => {
    const socket = connect(target, callback)
    if (!socket) return socket
    const deadline = setTimeout(() => socket.destroy(new Error(`not in ${connectMs} ms`)), connectMs)
    const explain = (error: NodeJS.ErrnoException) => {
      error.message = `${NEVER_SENT}: ${error.message || error.code}`
    }
    socket.once('error', explain)
    socket.once('close', () => clearTimeout(deadline))
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      clearTimeout(deadline)
      socket.off('error', explain)
    })
    return socket
  }
  return agent
}

/** Of a server in front that says it was not answered in time, the words are no answer: what was sent may have arrived. */
export const fetchAnswer: Fetch = async (...request: Parameters<Fetch>) => {
  const response = await nodeFetch(...request).catch((error: Error) => {
    const [, { body } = {}] = request
    // The end of an upload leaves last.
    if (body instanceof Readable && !body.readableEnded) error.message = `${NEVER_SENT}: ${error.message}`
    throw error
  })
  if (response.status !== 504) return response
  await response.text()
  throw Object.assign(new Error('504 Gateway Timeout'), { code: 'gateway-timeout' })
}
