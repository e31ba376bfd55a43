import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import type { EngineInfo, ImageRequest, Picture } from './engine.ts'

const SIGNATURE_BYTES = 8
// A chunk is its length, its type, its data and their checksum.
const CHUNK_FRAME_BYTES = 12

/**
 * A PNG with a `parameters` text chunk, as other tools write and read it, so that a picture that was passed on still tells
 * how it was made.
 */
export async function encodePicture(picture: Picture, request: ImageRequest, info: EngineInfo): Promise<Uint8Array> {
  const { widthPx: width, heightPx: height, pixels } = picture
  const png = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
  const text = textChunk('parameters', describeParameters(picture, request, info))
  const afterHeader = SIGNATURE_BYTES + CHUNK_FRAME_BYTES + png.readUInt32BE(SIGNATURE_BYTES)
  return Buffer.concat([png.subarray(0, afterHeader), text, png.subarray(afterHeader)])
}

/** The text of the chunk: the prompt, the negative prompt where there is one, then `key: value` pairs. */
function describeParameters(picture: Picture, request: ImageRequest, info: EngineInfo): string {
  const settings = {
    Steps: request.steps,
    Sampler: 'Euler',
    'CFG scale': request.guidance,
    ...(request.guidanceRenormalisation && { 'CFG renormalisation': request.guidanceRenormalisation }),
    ...(request.guidanceTruncation !== undefined && { 'CFG truncation': request.guidanceTruncation }),
    Seed: picture.seed,
    Size: `${picture.widthPx}x${picture.heightPx}`,
    ...(request.vary && { Vary: request.vary }),
    'Model hash': info.modelHash,
    Model: info.model,
    Version: `zimagine engine ${info.engineVersion}`,
  }
  const pairs = Object.entries(settings).map(([key, value]) => `${key}: ${quoted(String(value))}`)
  return [
    request.prompt,
    ...(request.negativePrompt ? [`Negative prompt: ${request.negativePrompt}`] : []),
    pairs.join(', '),
  ].join('\n')
}

/** A value with a comma or a line break in it would end early. */
function quoted(value: string): string {
  return /[,\n":]/.test(value) ? JSON.stringify(value) : value
}

/** tEXt where the text is Latin-1, iTXt (uncompressed UTF-8, no language) where it is not: what readers expect. */
function textChunk(keyword: string, text: string): Buffer {
  const isLatin1 = !/[^\n\x20-\x7e\xa0-\xff]/.test(text)
  if (isLatin1) return chunk('tEXt', Buffer.concat([Buffer.from(`${keyword}\0`), Buffer.from(text, 'latin1')]))
  return chunk('iTXt', Buffer.from(`${keyword}\0\0\0\0\0${text}`))
}

function chunk(type: string, data: Buffer): Buffer {
  const framed = Buffer.alloc(data.length + CHUNK_FRAME_BYTES)
  framed.writeUInt32BE(data.length, 0)
  framed.write(type, 4, 'latin1')
  data.copy(framed, 8)
  framed.writeUInt32BE(crc32(framed.subarray(4, 8 + data.length)), 8 + data.length)
  return framed
}
