import type { Api } from 'grammy'
import { withoutToken } from './redact.ts'

// Telegram hands out files up to 20 MB.
const MAX_BYTES = 20_000_000
// For where it is and for the file itself: somebody waits for a word meanwhile, and others for their turn.
const TIMEOUT_MS = 20_000

export type Download = (fileId: string) => Promise<Uint8Array>

/** Rejects with an error that names no address: it would hold the token. */
export function createDownload(deps: { api: Api; apiUrl: string; token: string; stopped: AbortSignal }): Download {
  const { api, apiUrl, token, stopped } = deps

  return async (fileId) => {
    const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), stopped])
    // grammY types signals by an older library's class.
    const { file_path, file_size = 0 } = await api.getFile(fileId, signal as unknown as Parameters<Api['getMe']>[0])
    if (!file_path || file_size > MAX_BYTES) throw new Error(`expected a file of at most ${MAX_BYTES} bytes`)
    try {
      const { url, headers } = withoutUser(`${apiUrl}/file/bot${token}/${file_path}`)
      const response = await fetch(url, { headers, signal })
      if (!response.ok) throw new Error(`expected the file, got status ${response.status}`)
      return new Uint8Array(await response.arrayBuffer())
    } catch (error) {
      throw new Error(withoutToken(String(error), token))
    }
  }
}

/** `fetch` takes no address with a user and a password in it. */
function withoutUser(address: string): { readonly url: URL; readonly headers: Record<string, string> } {
  const url = new URL(address)
  const { username, password } = url
  if (username === '') return { url, headers: {} }
  url.username = ''
  url.password = ''
  const user = [username, password].map(decodeURIComponent).join(':')
  return { url, headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` } }
}
