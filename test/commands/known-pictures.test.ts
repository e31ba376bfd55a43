import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateSync, gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { encodePicture } from '../../engine/picture.ts'
import { plain } from '../../src/messages/text.ts'
import { pixelHash } from '../../src/pictures.ts'
import { STAND_IN } from '../support/engine.ts'
import { createHouse, type House } from '../support/house.ts'
import { createSpeaker } from '../support/speaker.ts'

const open = async () => {
  const house = await createHouse({
    encodePicture: async (picture) =>
      new Uint8Array(
        await encodePicture(picture, { ...house.engines[0]!.requests.at(-1)!, seed: picture.seed }, STAND_IN),
      ),
  })
  return { house, ...createSpeaker(house) }
}

/** A picture of the job as it is after losing its metadata. */
function bareOf(house: House, job: number, index = 0): Promise<Buffer> {
  const { path } = house.store.pictures.ofJob(job)[index]!
  return sharp(readFileSync(join(house.folder, path)))
    .png()
    .toBuffer()
}

it('a picture is known again by its pixels when its metadata is lost, and by its text when its pixels are not ours', async () => {
  const { house, draws, say, hears } = await open()
  const job = await draws('a fox --seed 7')
  const bare = await bareOf(house, job)
  expect(await hears('show', { attachment: bare })).toMatch(/a fox\n#1 .*seed 7[\s\S]*Picture #1, requested/u)

  const request = { prompt: 'a cat', widthPx: 64, heightPx: 64, steps: 4, guidance: 2, seed: 5, negativePrompt: 'fog' }
  const other = { widthPx: 64, heightPx: 64, pixels: new Uint8Array(64 * 64 * 3), seed: 5, computeMs: 1 }
  const foreign = await encodePicture(other, request, STAND_IN)
  const view = await say('show', { attachment: foreign })
  expect(view.private).toBe(true)
  const told = plain(view.text)
  for (const part of ['prompt: a cat', 'negative: fog', 'seed: 5', 'size: 64x64', 'steps: 4'])
    expect(told).toContain(part)
})

it('a picture is known again where a tool that shrinks it has saved it with transparency, or a grey one without colours', async () => {
  const { house, draws, hears } = await open()
  const job = await draws('a fox')
  const bare = sharp(await bareOf(house, job))
  expect(await hears('show', { attachment: await bare.ensureAlpha().png().toBuffer() })).toContain(`Picture #${job},`)

  const pixels = Buffer.alloc(64 * 64 * 3, 120)
  const [picture] = house.store.pictures.ofJob(job)
  house.store.pictures.add({ ...picture!, position: 1, pixelHash: pixelHash(pixels) })
  const grey = sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } }).toColourspace('b-w')
  expect((await sharp(await grey.png().toBuffer()).metadata()).channels).toBe(1)
  expect(await hears('show', { attachment: await grey.png().toBuffer() })).toContain(`Picture #${job},`)
})

it("whoever looks at somebody else's picture sees what it cost, and not what that person has left", async () => {
  const { draws, hears } = await open()
  const job = await draws('a fox')
  expect(await hears('show', { text: `${job}` })).toMatch(/credits · [\d.]+ left/u)
  const told = await hears('show', { text: `${job}`, from: 'bob' })
  expect(told).toMatch(/credits$/mu)
  expect(told).not.toMatch(/ left/u)
})

it('a picture that many others drew before is known by each who drew it', async () => {
  const { house, draws, say, hears } = await open()
  await draws('a fox --seed 1', { from: 'p1', chat: 'room of p1' })
  for (let i = 2; i < 13; i++) await say('imagine', { text: 'a fox --seed 1', from: `p${i}`, chat: `room of p${i}` })
  const job = await draws('a fox --seed 1', { chat: 'room of ann' })
  const bare = await bareOf(house, job)
  expect(await hears('show', { attachment: bare })).toContain(`Picture #${job}, requested`)
  expect(await hears('show', { attachment: bare, from: 'bob', chat: 'room of p4' })).toContain('Picture #4, requested')
  expect(await hears('show', { attachment: bare, from: 'bob' })).toMatch(/I didn't draw this picture/u)
  const address = { platform: 'another', chat: 'room of p4', route: null }
  expect(await hears('show', { attachment: bare, from: 'bob', address })).toMatch(/I didn't draw this picture/u)
})

it("a picture that others drew too is rather one's own, and stays known when they delete everything", async () => {
  const { house, draws, say, hears } = await open()
  const [anns, bobs] = [
    await draws('a fox --seed 1'),
    (await say('imagine', { text: 'a fox --seed 1', from: 'bob' })).job!,
  ]
  const bare = await bareOf(house, anns)
  expect(await hears('show', { attachment: bare, from: 'bob' })).toContain(`Picture #${bobs}, requested`)
  expect(await hears('show', { attachment: bare, from: 'cleo' })).toContain(`Picture #${anns}, requested`)
  await house.services.erasure.erase(house.job(anns).person, 'scripted:ann')
  for (const from of ['ann', 'cleo'])
    expect(await hears('show', { attachment: bare, from })).toContain(`Picture #${bobs}, requested`)
  expect(await hears('reproduce', { attachment: bare, from: 'bob' })).toMatch(/a fox[\s\S]*drawn before/u)
})

it('a picture is drawn once more just as it was, free where it is still stored', async () => {
  const { house, draws, say, hears } = await open()
  const job = await draws('a fox --seed 7 --n 2')
  const bare = await bareOf(house, job, 1)
  const one = await say('reproduce', { from: 'bob', attachment: bare })
  expect(house.job(one.job!)).toMatchObject({ source: job, request: { seed: 8, count: 1, prompt: 'a fox' } })
  expect(await hears('reproduce', { from: 'bob', text: String(job) })).toMatch(/drawn before[\s\S]*free/u)
})

it.each([
  ['no-picture', /no picture in that message/u],
  ['picture-not-fetched', /couldn't fetch this picture/u],
] as const)(
  'where a picture was meant and there is %s, none is shown or drawn in its place',
  async (attachment, said) => {
    const { house, draws, say, hears } = await open()
    const job = await draws('a fox')
    const left = house.left('ann')
    for (const command of ['show', 'reproduce']) {
      expect(await hears(command, { attachment })).toMatch(said)
      expect(await say(command, { attachment })).not.toHaveProperty('job')
      expect(await hears(command, { attachment, text: String(job) })).toMatch(/a fox/u)
      expect(await hears(command)).toMatch(/a fox/u)
    }
    expect(house.left('ann')).toBe(left)
  },
)

it("somebody's private picture tells a stranger who holds the file no more than the file does", async () => {
  const { house, draws, hears } = await open()
  const job = await draws('a secret fox --private')
  const bare = await bareOf(house, job)
  expect(await hears('show', { from: 'bob', attachment: bare })).toMatch(/I didn't draw this picture/u)
})

it('a file that is no picture is said to be none', async () => {
  const { hears } = await open()
  expect(await hears('show', { attachment: Buffer.from('hello') })).toMatch(/can't read this file/u)
})

it('a picture that unfolds to more than any of ours is not looked at', async () => {
  const { hears } = await open()
  const large = { width: 4100, height: 4100, channels: 3, background: 'red' } as const
  const bomb = await sharp({ create: large }).png().toBuffer()
  expect(bomb.length).toBeLessThan(1_000_000)
  expect(await hears('show', { attachment: bomb })).toMatch(/can't read this file/u)
  const narrow = { width: 1, height: 10_000, channels: 3, background: 'red' } as const
  const line = await sharp({ create: narrow }).png().toBuffer()
  expect(await hears('show', { attachment: line })).toMatch(/can't read this file/u)
})

describe('what is told of the picture of a stranger', () => {
  const chunk = (type: string, data: Buffer) => {
    const named = Buffer.concat([Buffer.from(type), data])
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc32(named))
    return Buffer.concat([length, named, sum])
  }
  /** A red square, with this behind its first chunk. */
  const pictureWith = async (told: readonly Buffer[]) => {
    const square = { width: 64, height: 64, channels: 3, background: 'red' } as const
    const png = await sharp({ create: square }).png().toBuffer()
    return Buffer.concat([png.subarray(0, 33), ...told, png.subarray(33)])
  }

  // Before the others: what the process had at most says nothing when they have taken more.
  it('is not unfolded', async () => {
    const { hears } = await open()
    const text = chunk('zTXt', Buffer.concat([Buffer.from('a\0\0'), deflateSync(Buffer.alloc(7_000_000, 'a'))]))
    const bomb = await pictureWith(Array(80).fill(text))
    expect(bomb.length).toBeLessThan(1_000_000)
    const { maxRSS } = process.resourceUsage()
    expect(await hears('show', { attachment: bomb })).toMatch(/I didn't draw this picture/u)
    // In kilobytes.
    expect(process.resourceUsage().maxRSS - maxRSS).toBeLessThan(200_000)
  })

  it('is not read to its end where it is millions of pieces', async () => {
    const { hears } = await open()
    const text = chunk('tEXt', Buffer.from('parameters\0a cat\nSteps: 4, Seed: 5, Size: 64x64'))
    const behind = (count: number) => pictureWith([...Array(count).fill(chunk('tEXt', Buffer.from('a\0b'))), text])
    expect(await hears('show', { attachment: await behind(7_000) })).toContain('a cat')
    expect(await hears('show', { attachment: await behind(2_000_000) })).toMatch(/can't read this file/u)
  })
})

it('of the pictures that people point at only a few are fetched at once; the others are waited for', async () => {
  const { house, draws, hears } = await open()
  const job = await draws('a fox')
  const bytes = await bareOf(house, job)
  let [under, most] = [0, 0]
  const attachment = async () => {
    most = Math.max(most, ++under)
    await new Promise((resolve) => setImmediate(resolve))
    under--
    return bytes
  }
  const of = (i: number) => ({ attachment, from: `p${i}` })
  const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => hears('show', of(i))))
  expect(answers.every((answer) => answer.includes('a fox'))).toBe(true)
  expect(most).toBe(3)
  // One that can't be had takes nobody's place for good.
  const broken = Array.from({ length: 4 }, (_, i) => hears('show', { ...of(i), attachment: 'picture-not-fetched' }))
  expect((await Promise.all(broken)).every((answer) => answer.includes("couldn't fetch"))).toBe(true)
  expect(await hears('show', { attachment })).toContain('a fox')
})

it('whoever points at one picture after another keeps nobody waiting who points at one', async () => {
  const { house, draws, hears } = await open()
  const job = await draws('a fox')
  const bytes = await bareOf(house, job)
  const slow = Promise.withResolvers<Buffer>()
  let begun = 0
  const attachment = () => {
    begun++
    return slow.promise
  }
  const many = Array.from({ length: 9 }, () => hears('show', { attachment, from: 'bob' }))
  expect(await hears('show', { attachment: bytes })).toContain('a fox')
  expect(begun).toBe(1)
  slow.resolve(bytes)
  expect((await Promise.all(many)).every((answer) => answer.includes('a fox'))).toBe(true)
})

it('what is neither kept nor sent as ours is not opened: little of it may unfold to much', async () => {
  const { house, draws, hears } = await open()
  const bare = await bareOf(house, await draws('a fox'))
  for (const format of ['jpeg', 'gif', 'tiff', 'avif'] as const) {
    const attachment = await sharp(bare).toFormat(format, { lossless: true }).toBuffer()
    for (const file of [attachment, attachment.subarray(0, 40)])
      expect(await hears('show', { attachment: file })).toMatch(/I didn't draw this picture/u)
  }
  expect(await hears('show', { attachment: bare.subarray(0, 40) })).toMatch(/can't read this file/u)
})

it('a picture that moves is not looked at: to count its frames could take hours', async () => {
  const { house, draws, hears } = await open()
  const job = await draws('a fox')
  const bare = await bareOf(house, job)
  const moving = await sharp([bare, await sharp(bare).negate().toBuffer()], { join: { animated: true } })
    .webp({ lossless: true, loop: 0 })
    .toBuffer()
  expect(await hears('show', { attachment: moving })).toMatch(/can't read this file/u)
  const still = await sharp(bare).withIccProfile('srgb').webp({ lossless: true }).toBuffer()
  expect(still.toString('latin1', 12, 16)).toBe('VP8X')
  expect(await hears('show', { attachment: still })).toContain('a fox')
})

it('a drawing made of instructions is not computed: it could take minutes', async () => {
  const { hears } = await open()
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>'
  const drawings = [svg, `<!--ftyp-->${svg}`].map((text) => Buffer.from(text))
  for (const attachment of [...drawings, gzipSync(svg)])
    expect(await hears('show', { attachment })).toMatch(/can't read this file/u)
})
