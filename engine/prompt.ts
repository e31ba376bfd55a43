import { join } from 'node:path'
import { Template } from '@huggingface/jinja'
import { Tokenizer } from '@huggingface/tokenizers'
import { z } from 'zod'
import { ifThere, readJsonAs, readTextFile } from './checkpoint/json-file.ts'
import { EngineError } from './engine.ts'

/** The pipeline's own bound; longer prompts are cut there. */
export const MAX_PROMPT_TOKENS = 512

export interface PromptEncoder {
  /** The prompt in the model's chat template: one user message, then the assistant's turn. */
  render(prompt: string): string
  /** Token ids of the rendered prompt, cut to `MAX_PROMPT_TOKENS`. */
  encode(prompt: string): number[]
}

/** What a prompt's token ids depend on. */
export const TOKENIZER_FILES = {
  vocabulary: 'tokenizer.json',
  config: 'tokenizer_config.json',
  template: 'chat_template.jinja',
} as const

const addedTokenSchema = z.looseObject({ content: z.string(), single_word: z.boolean().default(false) })
const vocabularySchema = z.looseObject({
  added_tokens: z.array(addedTokenSchema.extend({ id: z.int() })).default([]),
})
const configSchema = z.looseObject({
  added_tokens_decoder: z
    .record(z.string(), addedTokenSchema)
    .nullish()
    .transform((tokens) => tokens ?? {}),
  truncation_side: z.enum(['left', 'right']).default('right'),
})
type TokenizerConfig = z.infer<typeof configSchema>

/**
 * Opens the tokenizer and the chat template of a folder: the template stands in `tokenizer_config.json` or, in newer exports,
 * in a file of its own. Throws an `EngineError`.
 */
export async function openPromptEncoder(folder: string): Promise<PromptEncoder> {
  const { vocabulary, config } = await readTokenizer(folder)
  const tokenizer = openTokenizer(folder, vocabulary, config)
  const ownFile = join(folder, TOKENIZER_FILES.template)
  const ownText = await ifThere(readTextFile(ownFile))
  const render =
    ownText === undefined
      ? openTemplate(join(folder, TOKENIZER_FILES.config), defaultTemplate(config), config)
      : openTemplate(ownFile, ownText, config)
  const cut = (ids: number[]) =>
    config.truncation_side === 'left' ? ids.slice(-MAX_PROMPT_TOKENS) : ids.slice(0, MAX_PROMPT_TOKENS)
  return { render, encode: (prompt) => cut(tokenizer.encode(render(prompt)).ids) }
}

/**
 * The vocabulary with all added tokens, as transformers has them: some stand in `tokenizer_config.json` only. Throws an
 * `EngineError`.
 */
export async function readTokenizer(folder: string) {
  const [vocabulary, config] = await Promise.all([
    readJsonAs(vocabularySchema, join(folder, TOKENIZER_FILES.vocabulary)),
    readJsonAs(configSchema, join(folder, TOKENIZER_FILES.config)),
  ])
  const known = new Set(vocabulary.added_tokens.map(({ content }) => content))
  const others = Object.entries(config.added_tokens_decoder)
    .map(([id, token]) => ({ ...token, id: Number(id) }))
    .filter(({ content }) => !known.has(content))
  const added_tokens = [...vocabulary.added_tokens, ...others]
  const word = added_tokens.find(({ single_word }) => single_word)
  if (word)
    throw new EngineError(
      'unknown-architecture',
      `${folder}: expected added tokens without single_word, which is not computed, got ${word.content} with it`,
    )
  return { vocabulary: { ...vocabulary, added_tokens }, config }
}

/** What a template may call by name, such as `eos_token`. A configuration spells each plainly or as an object. */
function namedTokens(config: TokenizerConfig): Readonly<Record<string, string>> {
  const named = Object.entries(config).flatMap(([name, value]): [string, string][] => {
    const token = (value as { content?: unknown } | null)?.content ?? value
    return name.endsWith('_token') && typeof token === 'string' ? [[name, token]] : []
  })
  return Object.fromEntries(named)
}

/** A configuration may have several by their names. */
function defaultTemplate({ chat_template }: TokenizerConfig): unknown {
  return Array.isArray(chat_template) ? chat_template.find((one) => one?.name === 'default')?.template : chat_template
}

function openTemplate(path: string, text: unknown, config: TokenizerConfig): PromptEncoder['render'] {
  if (typeof text !== 'string')
    throw new EngineError('checkpoint-corrupt', `${path}: expected a chat_template, got ${typeof text}`)
  try {
    // Python's Jinja reads every line end as \n.
    const template = new Template(text.replace(/\r\n?/gu, '\n'))
    const render = (prompt: string) =>
      template.render({
        ...namedTokens(config),
        messages: [{ role: 'user', content: prompt }],
        // As transformers hands them in: a template may ask whether they are none.
        tools: null,
        documents: null,
        add_generation_prompt: true,
        enable_thinking: true,
      })
    // A filter that there is none of shows only now.
    render('a fox')
    return render
  } catch (cause) {
    const what = `${path}: expected a chat template: ${(cause as Error).message}`
    throw new EngineError('checkpoint-corrupt', what, { cause })
  }
}

function openTokenizer(folder: string, vocabulary: object, config: object): Tokenizer {
  try {
    return new Tokenizer(vocabulary, config)
  } catch (cause) {
    throw new EngineError(
      'checkpoint-corrupt',
      `${join(folder, TOKENIZER_FILES.vocabulary)}: expected a Hugging Face tokenizer`,
      { cause },
    )
  }
}
