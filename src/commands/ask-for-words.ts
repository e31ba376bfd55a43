import type { View } from '../chat.ts'
import type { UserError } from '../user-error.ts'
import type { AnyCommand, Call } from './define.ts'
import type { RawValues } from './params.ts'
import { quote } from './read-text.ts'

// Telegram: callback data is 64 bytes.
const ID_BYTES = 64

/**
 * A command without the words it is about asks for them. What was said already goes with the form. Undefined where that does
 * not fit, for "private" may be in it, and where something else is missing.
 */
export function askForWords(
  { messages }: Call,
  { name: command, params }: AnyCommand,
  raw: RawValues,
  missing: UserError<'missing'>,
): View | undefined {
  const name = missing.details.param
  const param = params[name]
  if (param?.kind !== 'text' || !param.rest) return undefined
  const flags = Object.entries(raw).map(([flag, value]) => {
    const text = String(value)
    return value === true ? `--${flag}` : `--${flag}=${/\s/u.test(text) ? quote(text) : text}`
  })
  const id = `${command}:${flags.join(' ')}`
  if (Buffer.byteLength(id) > ID_BYTES) return undefined
  const { title, prompt } = messages.ask
  const field = { name, label: prompt, value: '', required: true, maxLength: param.maxLength }
  return {
    text: [prompt],
    form: { id, title, fields: [field] },
    private: true,
  }
}
