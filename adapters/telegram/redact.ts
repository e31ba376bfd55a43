import { HttpError, type Transformer } from 'grammy'

/**
 * grammY's network errors hold the request's address, and so the token, in their message, in `inspect` and in JSON. This
 * puts in their place what is needed to understand them, before anyone can see them. See `FailedRequest`. A server may say
 * the address in its refusal, too.
 */
export function redacting(token: string): Transformer {
  return async (previous, method, payload, signal) => {
    try {
      const answer = await previous(method, payload, signal)
      return answer.ok ? answer : { ...answer, description: withoutToken(String(answer.description), token) }
    } catch (error) {
      const failed = failedRequest(error, token)
      throw new HttpError(`Network request for '${method}' failed: ${failed.code ?? failed.reason}`, failed)
    }
  }
}

/** What is told of a request that failed: a code such as `ECONNRESET` or `invalid-json`, and the reason in words. */
export interface FailedRequest {
  readonly code: string | undefined
  readonly reason: string
}

function failedRequest(error: unknown, token: string): FailedRequest {
  const inner = error instanceof HttpError ? error.error : error
  // node-fetch gives what it found by itself a type instead.
  const { type, code = type, message } = inner as { code?: unknown; type?: unknown; message?: unknown }
  return {
    code: typeof code === 'string' ? code : undefined,
    reason: withoutToken(typeof message === 'string' ? message : String(inner), token),
  }
}

export function withoutToken(text: string, token: string): string {
  return text.replaceAll(token, '<token>').replaceAll(encodeURIComponent(token), '<token>')
}
