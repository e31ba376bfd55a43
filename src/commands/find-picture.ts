import sharp from 'sharp'
import type { Attachment, Incoming } from '../chat.ts'
import { pixelHash } from '../pictures.ts'
import { onlyPixels } from '../png-chunks.ts'
import type { Job } from '../store/jobs.ts'
import { UserError } from '../user-error.ts'
import type { Call } from './define.ts'
import { readParameters } from './read-parameters.ts'

type FoundPicture =
  | { readonly kind: 'job'; readonly job: Job; readonly seed: number }
  /** Not one of ours, or not one this person may see; but the file itself tells how it was made. */
  | { readonly kind: 'embedded'; readonly parameters: Readonly<Record<string, string>> }

// A bomb of a few kilobytes can unfold to gigabytes; our largest picture is far below this.
const MAX_PIXELS = 4096 * 4096
// One as narrow as a pixel has millions of lines, each of which takes its time.
const MAX_EDGE_PX = 8192
// PNG and WebP: how ours are kept and sent, and what keeps the pixels.
const AS_OURS = /^(\x89PNG|RIFF.{4}WEBP)/su
// JPEG, GIF, TIFF, AVIF. None of them is opened, nor anything else: a megabyte of AVIF may unfold to gigabytes, and an SVG is a
// program, of which some hundred bytes compute for minutes.
const OTHERS = /^(\xff\xd8\xff|GIF8|II\*\0|MM\0\*|\0\0..ftyp)/su
// The frames of a WebP that moves are counted, each from the first on: some megabytes of them take hours.
const EXTENDED_WEBP = /^RIFF.{4}WEBPVP8X.{4}(.)/su
const MOVES = 2

/** Knows a picture again by its pixels, whatever happened to its name and metadata; or reads the text it carries. */
export function findPicture(call: Call, fetch: NonNullable<Incoming['attachment']>): Promise<FoundPicture> {
  return call.services.lookSlots(call.person, async () => find(call, await fetch()))
}

async function find(call: Call, bytes: Attachment): Promise<FoundPicture> {
  if (typeof bytes === 'string') throw new UserError(bytes, {})
  const { store } = call.services
  const { person, admin, incoming } = call
  const { platform, chat } = incoming.address
  const picture = store.pictures.byPixels(await hashOf(bytes), { person, platform, chat, admin })
  if (picture) return { kind: 'job', job: store.jobs.get(picture.job)!, seed: picture.seed }
  const parameters = readParameters(bytes)
  if (parameters) return { kind: 'embedded', parameters }
  throw new UserError('not-our-picture', {})
}

async function hashOf(file: Uint8Array): Promise<string> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  const beginning = bytes.toString('latin1', 0, 21)
  if (OTHERS.test(beginning)) throw new UserError('not-our-picture', {})
  if (!AS_OURS.test(beginning) || moves(beginning)) throw new UserError('not-a-picture', {})
  try {
    const image = sharp(onlyPixels(bytes), { limitInputPixels: MAX_PIXELS, sequentialRead: true })
    const { width, height } = await image.metadata()
    if (Math.max(width, height) > MAX_EDGE_PX) throw new Error(`expected edges up to ${MAX_EDGE_PX} px`)
    return pixelHash(await image.removeAlpha().raw().toBuffer())
  } catch (error) {
    throw new UserError('not-a-picture', {}, { cause: error })
  }
}

function moves(beginning: string): boolean {
  const flags = EXTENDED_WEBP.exec(beginning)?.[1]?.charCodeAt(0) ?? 0
  return (flags & MOVES) !== 0
}
