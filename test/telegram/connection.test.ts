import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Api } from 'grammy'
import { expect, test, vi } from 'vitest'
import { createAgent, fetchAnswer } from '../../adapters/telegram/connection.ts'
import { redacting } from '../../adapters/telegram/redact.ts'
import { understand } from '../../adapters/telegram/refusals.ts'
import { TOKEN } from '../support/telegram/bot.ts'

test.each(['https', 'http'])('over %s, where no connection came about, nothing was sent: later', async (scheme) => {
  // As from a host of which no address is reached; and one that ends the handshake, or never answers it.
  const lookup = (_host: string, { all }: { all?: boolean }, call: (...told: unknown[]) => void) =>
    all
      ? call(null, [
          { address: '127.0.0.1', family: 4 },
          { address: '::1', family: 6 },
        ])
      : call(null, '127.0.0.1', 4)
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    if (sockets.length === 1) socket.once('data', () => socket.resetAndDestroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const codeAt = async (where: string, target: object = {}) => {
    const agent = createAgent(scheme === 'https', 100)
    Object.assign(Reflect.get(agent, 'options'), target)
    const api = new Api(TOKEN, { apiRoot: `${scheme}://${where}`, baseFetchConfig: { agent } })
    api.config.use(redacting(TOKEN))
    const refusal = await api.sendMessage(1, 'x').catch((error) => understand(error, 'new'))
    agent.destroy()
    return refusal
  }
  const later = { kind: 'final', error: { code: 'later' } }
  expect(await codeAt('telegram.invalid:9', { lookup })).toMatchObject(later)
  if (scheme === 'https') for (let n = 0; n < 2; n++) expect(await codeAt(`127.0.0.1:${port}`)).toMatchObject(later)
  else expect(await codeAt(`127.0.0.1:${port}`)).toMatchObject({ kind: 'final', error: { code: 'doubtful' } })
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})

test('a connection that came about may be silent for longer than one may take to come about', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      vi.advanceTimersByTime(60_000)
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const agent = createAgent(false)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const response = await fetchAnswer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { agent })
    expect(await response.text()).toBe('ok')
  } finally {
    vi.useRealTimers()
  }
  agent.destroy()
  await new Promise((resolve) => server.close(resolve))
})
