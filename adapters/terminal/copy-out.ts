import { copyFile, mkdir } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'

/** Copies a picture to `out`: a name that ends in `.png`, numbered when there are several, or a folder. */
export async function copyOut(from: string, name: string, out: string, index: number, count: number): Promise<string> {
  const to = resolve(extname(out).toLowerCase() === '.png' ? numbered(out, index, count) : join(out, name))
  await mkdir(dirname(to), { recursive: true })
  await copyFile(from, to)
  return to
}

function numbered(out: string, index: number, count: number): string {
  if (count === 1) return out
  const ending = extname(out)
  return join(dirname(out), `${basename(out, ending)}-${index + 1}${ending}`)
}
