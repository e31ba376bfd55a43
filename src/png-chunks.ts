const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
// A chunk is its length, its type, its data and their checksum.
const FRAME_BYTES = 12
const TEXTS = ['tEXt', 'zTXt', 'iTXt']
/** A picture of 50 MiB in pieces of 8 KiB has so many. */
export const MOST_CHUNKS = 10_000

interface Chunk {
  readonly type: string
  readonly data: Buffer
  /** With its frame. */
  readonly whole: Buffer
}

/** None where it is no PNG. One by one: a stranger's file may have millions. */
export function* chunksOf(png: Buffer): Generator<Chunk> {
  if (!png.subarray(0, SIGNATURE.length).equals(SIGNATURE)) return
  for (let at = SIGNATURE.length; at + FRAME_BYTES <= png.length; ) {
    const whole = png.subarray(at, at + FRAME_BYTES + png.readUInt32BE(at))
    yield { type: whole.toString('latin1', 4, 8), data: whole.subarray(8, -4), whole }
    at += whole.length
  }
}

/** The same picture without the words that are written in it. What is no PNG stays as it is. */
export function withoutText(png: Buffer): Buffer {
  return withOnly(
    png,
    [...chunksOf(png)].filter(({ type }) => !TEXTS.includes(type)),
  )
}

/**
 * What is shown, and nothing that is told of it, which may unfold from kilobytes to gigabytes: of chunks with a capital. What
 * is no PNG stays as it is.
 */
export function onlyPixels(png: Buffer): Buffer {
  return withOnly(
    png,
    [...chunksOf(png).take(MOST_CHUNKS)].filter(({ type }) => /^[A-Z]/u.test(type)),
  )
}

function withOnly(png: Buffer, chunks: readonly Chunk[]): Buffer {
  return chunks.length === 0 ? png : Buffer.concat([SIGNATURE, ...chunks.map(({ whole }) => whole)])
}
