import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { MAX_PROMPT_TOKENS, openPromptEncoder } from '../../engine/prompt.ts'
import { copyOfTiny, TINY } from '../support/checkpoint.ts'

it('a chat template in a file of its own, as newer exports have it, is read there', async () => {
  const folder = join(await copyOfTiny(), 'tokenizer')
  const config = join(folder, 'tokenizer_config.json')
  const { chat_template, ...rest } = JSON.parse(await readFile(config, 'utf8'))
  await writeFile(config, JSON.stringify(rest))
  await writeFile(join(folder, 'chat_template.jinja'), chat_template)
  const released = await openPromptEncoder(join(TINY, 'tokenizer'))
  expect((await openPromptEncoder(folder)).encode('a red fox 雪')).toEqual(released.encode('a red fox 雪'))
})

it('a chat template that calls a token by its name has it, however the configuration spells the token', async () => {
  const folder = join(await copyOfTiny(), 'tokenizer')
  const chat_template = '{{ bos_token }}{{ messages[0].content }}{{ eos_token }}{{ pad_token }}'
  const config = { chat_template, bos_token: null, eos_token: { content: '<|im_end|>' }, pad_token: '<|endoftext|>' }
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(config))
  expect((await openPromptEncoder(folder)).render('a fox')).toBe('a fox<|im_end|><|endoftext|>')
})

it('a token that the tokenizer puts around every text is there, as diffusers has it', async () => {
  const folder = join(await copyOfTiny(), 'tokenizer')
  const path = join(folder, 'tokenizer.json')
  const { post_processor: _, ...rest } = JSON.parse(await readFile(path, 'utf8'))
  const [{ id, content }] = rest.added_tokens
  const piece = (token: object) => ({ SpecialToken: { type_id: 0, ...token } })
  const single = [piece({ id: content }), { Sequence: { id: 'A', type_id: 0 } }]
  const special_tokens = { [content]: { id: content, ids: [id], tokens: [content] } }
  const post_processor = { type: 'TemplateProcessing', single, pair: single, special_tokens }
  await writeFile(path, JSON.stringify({ ...rest, post_processor }))
  const released = await openPromptEncoder(join(TINY, 'tokenizer'))
  expect((await openPromptEncoder(folder)).encode('a fox')).toEqual([id, ...released.encode('a fox')])
})

it('a chat template that is not there, or cannot be read, is told with the file it should be in', async () => {
  const folder = join(await copyOfTiny(), 'tokenizer')
  const [config, own] = [join(folder, 'tokenizer_config.json'), join(folder, 'chat_template.jinja')]
  const corrupt = (path: string, what: RegExp) =>
    expect(openPromptEncoder(folder)).rejects.toMatchObject({
      code: 'checkpoint-corrupt',
      message: expect.stringMatching(new RegExp(`^${RegExp.escape(path)}: ${what.source}`, 'u')),
    })
  await writeFile(own, '{% if %}')
  await corrupt(own, /expected a chat template: \w/u)
  await rm(own)
  await writeFile(config, '{"chat_template": "{% if %}"}')
  await corrupt(config, /expected a chat template: \w/u)
  await writeFile(config, '{}')
  await corrupt(config, /expected a chat_template, got undefined$/u)
})

it.each(['null', '{"chat_template": "{% if %}"}'])('a tokenizer_config.json that is %s is corrupt', async (text) => {
  const folder = join(await copyOfTiny(), 'tokenizer')
  await writeFile(join(folder, 'tokenizer_config.json'), text)
  await expect(openPromptEncoder(folder)).rejects.toMatchObject({ code: 'checkpoint-corrupt' })
})

it('added tokens that stand in tokenizer_config.json only are tokens, as transformers has them', async () => {
  const folder = join(await copyOfTiny(), 'tokenizer')
  const path = join(folder, 'tokenizer.json')
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), added_tokens: [] }))
  const released = await openPromptEncoder(join(TINY, 'tokenizer'))
  expect((await openPromptEncoder(folder)).encode('a fox')).toEqual(released.encode('a fox'))
})

it('a chat template is rendered as transformers does: with \\n for any line end, and none for tools and documents', async () => {
  const template = '{% if tools is none and documents is none %}{{ messages[0].content }}\n!{% endif %}\n'
  for (const lineEnd of ['\n', '\r\n', '\r']) {
    const { render } = await openPromptEncoder(await tinyWith({ chat_template: template.replaceAll('\n', lineEnd) }))
    expect(render('a fox')).toBe('a fox\n!')
  }
})

it('of several chat templates the default one is taken', async () => {
  const chat_template = [
    { name: 'tool_use', template: 'with tools' },
    { name: 'default', template: '{{ messages[0].content }}!' },
  ]
  const { render } = await openPromptEncoder(await tinyWith({ chat_template }))
  expect(render('a fox')).toBe('a fox!')
  await expect(openPromptEncoder(await tinyWith({ chat_template: chat_template.slice(0, 1) }))).rejects.toThrow(
    /expected a chat_template, got undefined$/u,
  )
})

it('a chat template that cannot be rendered is refused when it is opened', async () => {
  const folder = await tinyWith({ chat_template: '{{ messages[0].content | paint }}' })
  await expect(openPromptEncoder(folder)).rejects.toMatchObject({
    code: 'checkpoint-corrupt',
    message: expect.stringMatching(/tokenizer_config\.json: expected a chat template: .*paint/u),
  })
})

it('a prompt that is too long keeps its end where the tokenizer says so', async () => {
  const folder = await tinyWith({ truncation_side: 'left' })
  const released = (await openPromptEncoder(join(TINY, 'tokenizer'))).encode('a fox')
  const ids = (await openPromptEncoder(folder)).encode(`${'a '.repeat(MAX_PROMPT_TOKENS)}a fox`)
  expect(ids).toHaveLength(MAX_PROMPT_TOKENS)
  expect(ids.slice(-5)).toEqual(released.slice(-5))
})

it('an added token that is found between spaces only is refused by its name', async () => {
  const folder = await tinyWith({ added_tokens_decoder: { 583: { content: 'fox', single_word: true } } })
  await expect(openPromptEncoder(folder)).rejects.toMatchObject({
    code: 'unknown-architecture',
    message: expect.stringMatching(/single_word.* got fox /u),
  })
})

it('to the model of the repository it is all the same how a prompt is capitalised', async () => {
  const { encode } = await openPromptEncoder('models/default/tokenizer')
  expect(encode('A Red FOX!!! 狐狸')).toEqual(encode('a red fox!!! 狐狸'))
})

it.each([
  ['🍕', 'pizza'],
  ['🦊🌲', 'fox and evergreen tree'],
  ['a  👩🏽‍🚀 beside a ❤️', 'a astronaut beside a red heart'],
  ['月亮', '弯月'],
  ['画一棵树', '画一棵落叶树'],
  ['红色的花', '红色的玫瑰'],
  ['小猫和鞋子', '猫和跑鞋'],
])(
  'to the model of the repository an emoji or an everyday Chinese word is a name that it knows: %s',
  async (written, name) => {
    const { encode } = await openPromptEncoder('models/default/tokenizer')
    expect(encode(written)).toEqual(encode(name))
  },
)

it.each(['合上的锁', '微笑的月亮', '画一棵圣诞树', '在沙滩上的狗'])(
  'to the model of the repository a name is itself, whatever words are in it: %s',
  async (name) => {
    const { encode } = await openPromptEncoder('models/default/tokenizer')
    const ids = encode(name)
    // An everyday word in a name would be read at the end alone.
    const goesOn = encode(`${name}在`)
    const end = ids.findIndex((id, i) => id !== goesOn[i])
    expect(ids.toSpliced(end, 0, goesOn[end]!)).toEqual(goesOn)
  },
)

/** The tiny tokenizer with another configuration. */
async function tinyWith(change: object): Promise<string> {
  const folder = join(await copyOfTiny(), 'tokenizer')
  const path = join(folder, 'tokenizer_config.json')
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...change }))
  return folder
}
