import type { FileHandle } from 'node:fs/promises'

/** Fills `into` from `position` of a file on: one read may give less. Throws where the file ends before. */
export async function readWhole(handle: FileHandle, into: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await handle.read(into, done, into.length - done, position + done)
    if (bytesRead === 0) throw new Error(`expected ${into.length} bytes at ${position}, the file ended after ${done}`)
    done += bytesRead
  }
}

/** Writes all of `bytes` at `position`: one write may take less. */
export async function writeWhole(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}
