import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { MessageRef } from '../../src/chat.ts'
import { ORIGINAL, POST } from './routes.ts'
import { setting } from './setting.ts'
import { EXPIRED_MS, waiting } from './waiting.ts'

type Setting = Awaited<ReturnType<typeof setting>>

/** A picture with a large file, which is quickly made smaller: its end is padding. */
async function large({ picture, dataDir }: Pick<Setting, 'picture' | 'dataDir'>, name: string, mebibytes: number) {
  const shown = await picture(name)
  appendFileSync(join(dataDir, shown.path), Buffer.alloc(mebibytes * 2 ** 20))
  return shown
}

test('a slow upload holds up nobody else', async () => {
  const { emulator, discord, core, received, picture, until } = await setting()
  const shown = await picture('fox.png')
  const refs: MessageRef[] = []
  core(async (_, respond) => refs.push((await respond({ text: ['queued'] }))!))
  const [ann, bob] = [emulator.person('ann'), emulator.person('bob')]
  await ann.command('imagine', { prompt: 'a red fox' })
  await until(() => refs.length === 1, 'the message')
  emulator.faults.plan('PATCH', ORIGINAL, { kind: 'held' })
  const upload = discord.chat.update(refs[0]!, { text: ['done'], pictures: [shown] })
  await until(() => emulator.faults.holding() === 1, 'the upload')
  await bob.command('imagine', { prompt: 'a blue fox' })
  await until(() => refs.length === 2, 'the answer to bob')
  expect(received).toHaveLength(2)
  emulator.faults.release()
  await upload
  expect((await ann.sees(/done/u)).pictures).toHaveLength(1)
})

test('a picture that Discord finds too large after all is sent smaller', async () => {
  const { emulator, discord, address, picture, ann } = await waiting()
  const shown = await picture('fox.png', 512)
  emulator.world.uploadBytes = 500_000
  const place = { ...(address.route as object), uploadBytes: 1_600_000 }
  await discord.chat.post({ ...address, route: place }, { text: ['done'], pictures: [shown] }, 'job-1')
  const message = await ann.sees(/done[\s\S]*Shown as WebP/u)
  expect(message.pictures[0]!.byteLength).toBeLessThan(500_000)
})

test('a picture that the interaction has room for and Discord has not is sent much smaller', async () => {
  const all = await setting()
  const { emulator, core, failures } = all
  const shown = await large(all, 'fox.png', 10)
  core(() => ({ text: ['done'], pictures: [shown] }))
  const ann = emulator.person('ann')
  ann.next({ attachment_size_limit: 50 * 2 ** 20 })
  await ann.command('imagine', { prompt: 'a red fox' })
  await ann.sees(/done[\s\S]*Shown as WebP/u)
  expect(failures).toEqual([])
})

test('a channel has not the room for a picture that an interaction had', async () => {
  const all = await waiting()
  const { emulator, discord, address, ann, clock } = all
  const pictures = [await large(all, 'fox.png', 10)]
  clock.skip(EXPIRED_MS)
  const place = { ...(address.route as object), uploadBytes: 50 * 2 ** 20 }
  await discord.chat.post({ ...address, route: place }, { text: ['done'], pictures }, 'job-1')
  await ann.sees(/done[\s\S]*Shown as WebP/u)
  expect(emulator.requests.filter(({ path }) => POST.test(path)).map(({ status }) => status)).toEqual([200])
})

test('pictures that fit one by one and not together come as WebP', async () => {
  const all = await waiting()
  const pictures = await Promise.all(['1.png', '2.png', '3.png', '4.png'].map((name) => large(all, name, 7)))
  await all.discord.chat.post(all.address, { text: ['done'], pictures }, 'job-1')
  expect((await all.ann.sees(/done[\s\S]*Shown as WebP/u)).pictures).toHaveLength(4)
  expect(all.emulator.requests.map(({ status }) => status)).not.toContain(413)
})

test('a picture that cannot be read for now is not refused for good', async () => {
  const { discord, address, picture } = await waiting()
  const shown = { ...(await picture('fox.png')), path: '.' }
  const posted = discord.chat.post(address, { text: ['done'], pictures: [shown] }, 'job-1')
  await expect(posted).rejects.toMatchObject({ code: 'EISDIR' })
})
