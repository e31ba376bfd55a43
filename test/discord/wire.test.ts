import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Place } from '../../adapters/discord/place.ts'

// Of a stream, about one in twenty throws.
const UPLOADS = 100

test('an answer that comes before a picture was sent to its end kills nobody', async () => {
  // Node's own client, which a process has as soon as it downloads something, then sends for the library, too.
  await fetch('data:,')
  const { createWire } = await import('../../adapters/discord/wire.ts')
  const unexpected: unknown[] = []
  const note = (error: unknown) => void unexpected.push(error)
  process.on('unhandledRejection', note)
  onTestFinished(() => void process.off('unhandledRejection', note))
  const server = fork(join(import.meta.dirname, 'hasty.ts'))
  onTestFinished(() => void server.kill())
  const [port] = await once(server, 'message')
  const wire = createWire('token', `http://127.0.0.1:${port}/api`)
  const parcel = {
    body: { attachments: [{ id: '0', filename: 'fox.png' }] },
    files: [{ name: 'fox.png', data: Buffer.alloc(60_000), contentType: 'image/png' }],
  }
  for (let i = 0; i < UPLOADS; i++) {
    const upload = wire.editByToken({ app: '1', token: 'x' } as Place, '@original', parcel)
    await expect(upload).rejects.toMatchObject({ code: 'later' })
  }
  expect(unexpected).toEqual([])
})
