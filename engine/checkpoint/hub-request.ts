import { Setback } from './setback.ts'

export interface HubAccess {
  /** `https://huggingface.co` or a mirror of it. */
  readonly endpoint: string
  readonly token: string | undefined
}

interface RequestOptions {
  readonly headers?: ConstructorParameters<typeof Headers>[0]
  readonly signal: AbortSignal
}

const REDIRECTS = [301, 302, 303, 307, 308]
// The hub needs two: a renamed repository, then the storage.
const MAX_REDIRECTS = 5
// The statuses that pass by themselves.
const TOO_MANY_REQUESTS = 429
const PASSING = [408, 425, TOO_MANY_REQUESTS]

/**
 * One GET that follows redirects itself, because the token goes to the endpoint's own origin and nowhere else: neither
 * to the storage it redirects to nor where a listing says its next page is. A broken connection is a `Setback`.
 */
export async function hubRequest(
  { endpoint, token }: HubAccess,
  url: string,
  options: RequestOptions,
): Promise<Response> {
  const home = new URL(endpoint).origin
  let target = new URL(url)
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    // `fetch` refuses a URL with a user and password, and repeats it in its message.
    target.username = target.password = ''
    const headers = new Headers(options.headers)
    headers.delete('authorization')
    if (token !== undefined && target.origin === home) headers.set('authorization', `Bearer ${token}`)
    const response = await fetch(target.href, { headers, redirect: 'manual', signal: options.signal }).catch(
      (error) => {
        throw asSetback(error, options.signal)
      },
    )
    const location = response.headers.get('location')
    if (!REDIRECTS.includes(response.status) || location === null || !URL.canParse(location, target.href))
      return response
    await response.body?.cancel()
    target = new URL(location, target)
  }
  throw new Setback({ kind: 'network', code: 'too many redirects' })
}

/** A body's bytes as they come. A connection that breaks is a `Setback`. */
export async function* bodyOf(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (!response.body) return
  try {
    yield* response.body
  } catch (error) {
    throw asSetback(error, signal)
  }
}

/** Of an answer that is a part of a file. */
export const PARTIAL_CONTENT = 206

/** Which bytes of a file such an answer holds; `total` is undefined where it is neither a number nor `*`. */
export function contentRange({ headers }: Response): { first: number; last: number; total?: string } | undefined {
  const [range, first, last, total] =
    /^bytes (\d+)-(\d+)\/(?:(\d+|\*)$)?/u.exec(headers.get('content-range') ?? '') ?? []
  return range === undefined ? undefined : { first: Number(first), last: Number(last), total }
}

/** A `Setback` where the server says that another time may be better. */
export function setbackOf(response: Response): Setback | undefined {
  const { status } = response
  if (status < 500 && !PASSING.includes(status)) return undefined
  return new Setback({ kind: 'status', status }, askedWaitMs(response))
}

/**
 * `Retry-After` in seconds or as a date. Hugging Face's hub has `RateLimit` instead (`"api";r=0;t=175`), which other answers
 * have as well.
 */
function askedWaitMs({ status, headers }: Response): number | undefined {
  const limit = status === TOO_MANY_REQUESTS ? headers.get('ratelimit') : undefined
  const text = headers.get('retry-after') ?? /;\s*t=(\d+)/u.exec(limit ?? '')?.[1] ?? ''
  const waitMs = /^\d+$/u.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return waitMs >= 0 ? waitMs : undefined
}

/** What undici says of a broken connection stands in the error's cause. What was aborted is told as its reason. */
function asSetback(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  const { cause, message } = error as { cause?: { code?: string; message: string }; message: string }
  // Undici's own codes tell people less than its words.
  const code = cause?.code?.startsWith('UND_') ? cause.message : (cause?.code ?? message)
  return new Setback({ kind: 'network', code })
}
