import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Template } from '@huggingface/jinja'
import { Tokenizer } from '@huggingface/tokenizers'
import { readJsonFile } from './checkpoint/config.ts'
import { EngineError } from './engine.ts'

/** The pipeline's own bound; longer prompts are cut there. */
export const MAX_PROMPT_TOKENS = 512

export interface PromptEncoder {
  /** The prompt in the model's chat template: one user message, then the assistant's turn. */
  render(prompt: string): string
  /** Token ids of the rendered prompt, cut to `MAX_PROMPT_TOKENS`. */
  encode(prompt: string): number[]
}

/**
 * Reads `tokenizer.json` and the chat template from a folder: it stands in `tokenizer_config.json` or, in newer exports, in a
 * file of its own. Throws an `EngineError`.
 */
export async function openPromptEncoder(folder: string): Promise<PromptEncoder> {
  const [vocabulary, config] = await Promise.all([
    readJsonFile(join(folder, 'tokenizer.json')),
    readJsonFile(join(folder, 'tokenizer_config.json')),
  ])
  const tokenizer = openTokenizer(folder, vocabulary, config)
  const ownFile = join(folder, 'chat_template.jinja')
  const ownText = await readFile(ownFile, 'utf8').catch(() => undefined)
  const template = openTemplate(
    ownText === undefined ? join(folder, 'tokenizer_config.json') : ownFile,
    ownText ?? (config as { chat_template?: unknown } | null)?.chat_template,
  )
  const tokens = namedTokens(config)
  const render = (prompt: string) =>
    template.render({
      ...tokens,
      messages: [{ role: 'user', content: prompt }],
      add_generation_prompt: true,
      enable_thinking: true,
    })
  return {
    render,
    encode: (prompt) => tokenizer.encode(render(prompt)).ids.slice(0, MAX_PROMPT_TOKENS),
  }
}

/** What a template may call by name, such as `eos_token`. A configuration spells each plainly or as an object. */
function namedTokens(config: unknown): Readonly<Record<string, string>> {
  const named = Object.entries(config ?? {}).flatMap(([name, value]): [string, string][] => {
    const token = (value as { content?: unknown } | null)?.content ?? value
    return name.endsWith('_token') && typeof token === 'string' ? [[name, token]] : []
  })
  return Object.fromEntries(named)
}

function openTemplate(path: string, text: unknown): Template {
  if (typeof text !== 'string')
    throw new EngineError('checkpoint-corrupt', `${path}: expected a chat_template, got ${typeof text}`)
  try {
    return new Template(text)
  } catch (cause) {
    const what = `${path}: expected a chat template: ${(cause as Error).message}`
    throw new EngineError('checkpoint-corrupt', what, { cause })
  }
}

function openTokenizer(folder: string, vocabulary: unknown, config: unknown): Tokenizer {
  try {
    return new Tokenizer(vocabulary as object, config as object)
  } catch (cause) {
    throw new EngineError(
      'checkpoint-corrupt',
      `${join(folder, 'tokenizer.json')}: expected a Hugging Face tokenizer`,
      { cause },
    )
  }
}
