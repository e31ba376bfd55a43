import { expect, test } from 'vitest'
import { runJson } from '../../bench/json-process.ts'

const run = (script: string) => runJson(process.execPath, ['-e', script], { limitMs: 30_000 })

test('what a process measured counts, though it dies of its own exit', async () => {
  expect(await run('console.log("{}"); console.log(JSON.stringify({ seconds: 2 })); process.abort()')).toEqual({
    printed: { seconds: 2 },
    failure: expect.any(String),
  })
})

test('of one that is stopped at its limit counts what it had told by then', async () => {
  const slow = ['-c', 'echo \'{"seconds":2}\'; exec sleep 600']
  expect(await runJson('/bin/sh', slow, { limitMs: 1000 })).toEqual({
    printed: { seconds: 2 },
    failure: 'it was stopped after 1 s',
  })
})

test('an error is told in its own line, and a line that was cut off is none', async () => {
  expect(await run('process.stdout.write(\'{"sec\'); throw new TypeError("no such thing")')).toEqual({
    failure: 'TypeError: no such thing',
  })
})

test('one that cannot be started, and one that prints nothing, failed', async () => {
  expect(await runJson('/nowhere/python', [], { limitMs: 1000 })).toEqual({
    failure: expect.stringContaining('ENOENT'),
  })
  expect(await run('')).toEqual({ failure: 'it printed nothing' })
})
