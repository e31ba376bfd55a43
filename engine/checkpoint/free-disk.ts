import { statfs } from 'node:fs/promises'

/** What whoever runs the program may still write to the disk that `path` is on. */
export async function freeDiskBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}
