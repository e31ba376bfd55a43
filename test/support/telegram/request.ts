import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { ApiMethods, Opts } from '@grammyjs/types'
import busboy from 'busboy'

/** Files are named by a string: an id of Telegram's, or `attach://` and the name of an upload. */
export type MethodName = keyof ApiMethods<string>
export type Params<M extends MethodName> = Opts<string>[M]

/** How the emulator carries out the Bot API's methods. */
export type Methods = {
  readonly [M in MethodName]?: (params: Params<M>, uploads: Uploads) => ReturnType<ApiMethods<string>[M]>
}

/** The files of a multipart body, by their part's name. */
export type Uploads = ReadonlyMap<string, { readonly name: string; readonly content: Buffer }>

/** A Bot API call, whichever way its parameters came. */
export interface Request {
  readonly method: string
  readonly params: object
  readonly uploads: Uploads
}

export async function readRequest(method: string, incoming: IncomingMessage): Promise<Request> {
  const type = incoming.headers['content-type'] ?? ''
  if (type.startsWith('multipart/form-data')) return readMultipart(method, incoming)
  const body = await text(incoming)
  const params = type.startsWith('application/json')
    ? JSON.parse(body || '{}')
    : fromText(Object.fromEntries([...new URLSearchParams(body || new URL(incoming.url!, 'http://x').search)]))
  return { method, params, uploads: new Map() }
}

async function readMultipart(method: string, incoming: IncomingMessage): Promise<Request> {
  const texts: Record<string, string> = {}
  const uploads = new Map<string, { name: string; content: Buffer }>()
  const parser = busboy({ headers: incoming.headers, defParamCharset: 'utf8' })
  parser.on('field', (name, value) => {
    texts[name] = value
  })
  parser.on('file', (name, stream, { filename }) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => uploads.set(name, { name: filename ?? name, content: Buffer.concat(chunks) }))
  })
  await new Promise((resolve, reject) => {
    parser.on('close', resolve).on('error', reject)
    incoming.on('error', reject).pipe(parser)
  })
  return { method, params: fromText(texts), uploads }
}

/** Text fields hold JSON where a parameter is not a string. */
function fromText(texts: Readonly<Record<string, string>>): Record<string, unknown> {
  const words = new Set(['text', 'caption', 'title', 'photo', 'document', 'callback_query_id', 'inline_query_id'])
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, words.has(name) ? text : parsed(text)]))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
