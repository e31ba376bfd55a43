import { readlinkSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { onTestFinished, vi } from 'vitest'

/** Something done to a file, by the path it had then. */
interface DiskEvent {
  readonly kind: 'write' | 'sync'
  readonly path: string
}

/** Takes note, on Linux, of what is written and what is brought to the disk, where a power cut leaves it; the disk itself is spared. */
export async function watchDisk(): Promise<readonly DiskEvent[]> {
  const handle = await open(import.meta.filename)
  const kind: FileHandle = Object.getPrototypeOf(handle)
  await handle.close()
  const events: DiskEvent[] = []
  const note = (what: DiskEvent['kind'], { fd }: FileHandle) =>
    void events.push({ kind: what, path: readlinkSync(`/proc/self/fd/${fd}`) })
  const { write } = kind
  const spies = [
    vi.spyOn(kind, 'write').mockImplementation(function (this: FileHandle, ...given: unknown[]) {
      note('write', this)
      return (write as (...given: unknown[]) => never).apply(this, given)
    }),
    ...(['sync', 'datasync'] as const).map((way) =>
      vi.spyOn(kind, way).mockImplementation(async function (this: FileHandle) {
        note('sync', this)
      }),
    ),
  ]
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore()
  })
  return events
}
