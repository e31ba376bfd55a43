import { inflateSync } from 'node:zlib'
import { chunksOf, MOST_CHUNKS } from '../png-chunks.ts'

// A prompt and a few numbers; anything longer is not ours and not worth the memory.
const LONGEST_TEXT = 20_000

/**
 * The settings in a PNG's `parameters` text, by the names of `/imagine`'s params: a first line of prompt, maybe one of
 * `Negative prompt:`, and a last line of `Steps: 8, Seed: 1, Size: 128x128, …` as many tools write it. Undefined when
 * there is no such text.
 */
export function readParameters(png: Uint8Array): Record<string, string> | undefined {
  const text = findText(Buffer.from(png.buffer, png.byteOffset, png.byteLength))
  const parts = text && /^([\s\S]*?)(?:^|\n)(?:Negative prompt: ([\s\S]*?)\n)?(Steps: [^\n]*)$/u.exec(text.trim())
  if (!parts) return undefined
  const [, prompt, negative, settings] = parts
  const value = (name: string) => new RegExp(`(?:^|, )${name}: ([^,]*)`, 'u').exec(settings!)?.[1]?.trim()
  const found = {
    prompt: prompt!.trim(),
    negative,
    steps: value('Steps'),
    guidance: value('CFG scale'),
    seed: value('Seed'),
    size: value('Size'),
    vary: value('Vary'),
  }
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => Boolean(entry[1])))
}

function findText(png: Buffer): string | undefined {
  const chunk = chunksOf(png)
    .take(MOST_CHUNKS)
    .find(({ data }) => data.toString('latin1', 0, 11) === 'parameters\0')
  return chunk && decode(chunk.type, chunk.data.subarray(11))
}

/** Of tEXt: Latin-1. Of iTXt: a compression flag and method, a language and a translated name, then UTF-8. */
function decode(type: string, data: Buffer): string | undefined {
  if (type === 'tEXt') return data.toString('latin1', 0, LONGEST_TEXT)
  const afterLanguage = data.indexOf(0, 2) + 1
  const afterName = data.indexOf(0, afterLanguage) + 1
  const text = data.subarray(afterName)
  if (data[0] !== 1) return text.toString('utf8', 0, LONGEST_TEXT)
  try {
    return inflateSync(text, { maxOutputLength: LONGEST_TEXT }).toString('utf8')
  } catch {
    return undefined
  }
}
