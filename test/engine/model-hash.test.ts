import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openCheckpoint } from '../../engine/checkpoint/checkpoint.ts'
import { modelHash } from '../../engine/checkpoint/model-hash.ts'
import { TINY } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'

const hashOf = async (folder: string) => modelHash(await openCheckpoint(folder))

async function copyOfTiny(): Promise<string> {
  const folder = join(temporaryFolder(), 'copy')
  await cp(TINY, folder, { recursive: true })
  return folder
}

it('is the same wherever the model lies', async () => {
  expect(await hashOf(await copyOfTiny())).toBe(await hashOf(TINY))
  expect(await hashOf(TINY)).toMatch(/^[0-9a-f]{10}$/)
})

it('changes with what prompts are turned into ids by', async () => {
  const hashes = [await hashOf(TINY)]
  for (const [name, edit] of [
    ['tokenizer.json', (text: string) => text.replace('"merges"', '"merges" ')],
    ['tokenizer_config.json', (text: string) => text.replace('assistant', 'painter')],
    ['chat_template.jinja', () => '{{ messages[0].content }}'],
  ] as const) {
    const folder = await copyOfTiny()
    const path = join(folder, 'tokenizer', name)
    await writeFile(path, edit(await readFile(path, 'utf8').catch(() => '')))
    hashes.push(await hashOf(folder))
  }
  expect(new Set(hashes).size).toBe(4)
})

it('changes with the weights of any part and with the configuration', async () => {
  const hashes = [await hashOf(TINY)]
  for (const part of ['text_encoder', 'transformer', 'vae']) {
    const folder = await copyOfTiny()
    const { textEncoder, transformer, vae } = await openCheckpoint(folder)
    const index = { text_encoder: textEncoder, transformer, vae }[part]!
    const { file } = index.values().next().value!
    const bytes = await readFile(file)
    // As training does: every weight is another, sizes and names are not.
    for (const { offset, length, file: of } of index.values())
      if (of === file) for (let i = offset; i < offset + length; i++) bytes[i]! ^= 1
    await writeFile(file, bytes)
    hashes.push(await hashOf(folder))
  }
  const folder = await copyOfTiny()
  const path = join(folder, 'scheduler', 'scheduler_config.json')
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), shift: 6 }))
  hashes.push(await hashOf(folder))
  expect(new Set(hashes).size).toBe(hashes.length)
})
