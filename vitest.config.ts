import { statfsSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Far more than the tests take at once, whatever models they copy.
const ENOUGH_BYTES = 4 * 2 ** 30

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // onnxruntime and better-sqlite3 are native: a process per file keeps a crash from taking other files with it.
    pool: 'forks',
    // Left to itself it keeps one core free for whoever watches.
    maxWorkers: '100%',
    // Node keeps what it compiled: the programs, threads and processes that tests start begin in half the time.
    env: {
      NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules', '.cache', 'node-compile'),
      ...temporaryFolders(),
    },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})

/**
 * Linux has a disk in memory, on which a test that waits for its database to be on the disk takes a third of the time. In a
 * container it may be too small for models.
 */
function temporaryFolders(): { readonly TMPDIR?: string } {
  const inMemory = '/dev/shm'
  try {
    const { bavail, bsize } = statfsSync(inMemory)
    return bavail * bsize > ENOUGH_BYTES ? { TMPDIR: inMemory } : {}
  } catch {
    return {}
  }
}
