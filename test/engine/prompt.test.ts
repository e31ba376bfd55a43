import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openPromptEncoder } from '../../engine/prompt.ts'
import { copyOfTiny, TINY } from '../support/checkpoint.ts'

it('a chat template in a file of its own, as newer exports have it, is read there', async () => {
  const folder = join(await copyOfTiny(), 'tokenizer')
  const config = join(folder, 'tokenizer_config.json')
  const { chat_template, ...rest } = JSON.parse(await readFile(config, 'utf8'))
  await writeFile(config, JSON.stringify(rest))
  await writeFile(join(folder, 'chat_template.jinja'), chat_template)
  const released = await openPromptEncoder(join(TINY, 'tokenizer'))
  expect((await openPromptEncoder(folder)).encode('a red fox 雪')).toEqual(released.encode('a red fox 雪'))
  await rm(join(folder, 'chat_template.jinja'))
  await expect(openPromptEncoder(folder)).rejects.toMatchObject({ code: 'checkpoint-corrupt' })
})

it.each(['null', '{"chat_template": "{% if %}"}'])('a tokenizer_config.json that is %s is corrupt', async (text) => {
  const folder = join(await copyOfTiny(), 'tokenizer')
  await writeFile(join(folder, 'tokenizer_config.json'), text)
  await expect(openPromptEncoder(folder)).rejects.toMatchObject({ code: 'checkpoint-corrupt' })
})
