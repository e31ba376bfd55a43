import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * A reader finds the whole file or none, also after a power cut. Makes the folder. Where it fails, a beginning stays, which
 * `removeWhole` deletes.
 */
export async function writeWhole(path: string, content: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const part = `${path}.part`
  const file = await open(part, 'w')
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(part, path)
}

/** The same at once, in a folder that is there, and nothing stays: in a transaction nothing can be awaited. */
export function writeWholeNow(path: string, content: Uint8Array): void {
  const part = `${path}.part`
  try {
    writeFileSync(part, content, { flush: true })
    renameSync(part, path)
  } catch (error) {
    // A beginning would take the room that was missing.
    rmSync(part, { force: true })
    throw error
  }
}

/** A file that was to be written, or what a full disk or a killed process has left of it. */
export function removeWhole(path: string): void {
  rmSync(path, { force: true })
  rmSync(`${path}.part`, { force: true })
}
