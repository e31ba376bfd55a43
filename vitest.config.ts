import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // onnxruntime and better-sqlite3 are native: a process per file keeps a crash from taking other files with it.
    pool: 'forks',
    // Left to itself it keeps one core free for whoever watches.
    maxWorkers: '100%',
    // Node keeps what it compiled: the programs, threads and processes that tests start begin in half the time.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules', '.cache', 'node-compile') },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
