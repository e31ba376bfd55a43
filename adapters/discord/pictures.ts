import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { RawFile } from 'discord.js'
import sharp from 'sharp'
import type { ViewPicture } from '../../src/chat.ts'
import { DiscordFault } from './errors.ts'

export const MEBIBYTE = 2 ** 20
// Discord: 10 MiB a file, unless an interaction says more for the answers to it.
export const UPLOAD_BYTES = 10 * MEBIBYTE
// Discord: 25 MiB a request. Half a mebibyte is left for the text around the files.
const REQUEST_BYTES = 24.5 * MEBIBYTE
export const WEBP = 'image/webp'
// From where nobody sees a difference to where a 2048×2048 picture is well below a mebibyte.
const WEBP_QUALITIES = [95, 85, 70, 50]

interface Upload {
  readonly file: RawFile
  readonly alt: string
}

/** The pictures as files that Discord takes: each at most `fileBytes`, all together at most a request; as PNG where it fits. */
export function packPictures(pictures: readonly ViewPicture[], dataDir: string, fileBytes: number): Promise<Upload[]> {
  const limit = Math.min(fileBytes, Math.floor(REQUEST_BYTES / pictures.length))
  return Promise.all(pictures.map((picture) => packOne(picture, dataDir, limit)))
}

async function packOne({ path, name, alt, spoiler }: ViewPicture, dataDir: string, limit: number): Promise<Upload> {
  const png = await readFile(resolve(dataDir, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new DiscordFault({ code: 'refused', message: `the picture ${name} is no longer there` })
  })
  // Discord hides a picture whose file's name says so.
  const shown = spoiler ? `SPOILER_${name}` : name
  if (png.byteLength <= limit) return { file: { name: shown, data: png, contentType: 'image/png' }, alt }
  for (const quality of WEBP_QUALITIES) {
    const data = await sharp(png).webp({ quality }).toBuffer()
    if (data.byteLength > limit) continue
    const webp = shown.replace(/\.png$/iu, '').concat('.webp')
    return { file: { name: webp, data, contentType: WEBP }, alt }
  }
  throw new DiscordFault({ code: 'refused', message: `the picture ${name} does not fit ${limit} bytes` })
}
