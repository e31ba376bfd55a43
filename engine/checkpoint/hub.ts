import { listFiles, modelInfo } from '@huggingface/hub'
import { z } from 'zod'
import { bodyOf, contentRange, type HubAccess, hubRequest, PARTIAL_CONTENT, setbackOf } from './hub-request.ts'
import { ModelsError } from './models-error.ts'
import { Setback } from './setback.ts'
import type { fileSchema } from './source.ts'
import { createWatchdog } from './watchdog.ts'

/** A file of a repository, as its listing says. Its path may be anything: the server wrote it. */
export type HubFile = z.infer<typeof fileSchema>

export interface Hub {
  readonly host: string
  /** The commit that a branch, a tag or a commit names now. */
  commitOf(repo: string, revision: string, signal: AbortSignal): Promise<string>
  list(repo: string, commit: string, signal: AbortSignal): Promise<readonly HubFile[]>
  /** A file from byte `offset` on. The answer may be the whole file (status 200) all the same. */
  read(repo: string, commit: string, path: string, offset: number, signal: AbortSignal): Promise<Response>
}

// How far a server is believed. Z-Image's repositories have some fifty files.
const MAX_ANSWER_BYTES = 16 * 2 ** 20
const MAX_PAGES = 100
const MAX_FILES = 10_000
const ANSWER_TIMEOUT_MS = 30_000
const RANGE_REFUSED = 416

const COMMIT = /^[0-9a-f]{40}$/u
const size = z.int().nonnegative()
const entrySchema = z.object({
  type: z.string(),
  path: z.string(),
  size,
  oid: z.string().regex(COMMIT),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/u), size }).nullish(),
})

/**
 * A hub's listing is read by its own library, which is given our `fetch`: token, bounds and refusals are ours. Its
 * download is not used: it neither resumes nor verifies, and lays out a cache of symbolic links. Every function rejects
 * with a `Setback` (worth another try), a `ModelsError`, or what `signal` was aborted with.
 */
export function createHub(access: HubAccess): Hub {
  const endpoint = access.endpoint.replace(/\/+$/u, '')
  const { token } = access
  const { host, origin } = new URL(endpoint)
  const hasToken = token !== undefined
  const notAHub = (what: string) => new ModelsError({ code: 'not-a-hub', host, what })

  /** Resolves where the answer is what was asked for: of a file of the listing, where `path` tells one. */
  const accept = async (response: Response, repo: string, revision: string, path?: string): Promise<void> => {
    const { status, headers, ok } = response
    if (ok) return
    await response.body?.cancel()
    const setback = setbackOf(response)
    if (setback) throw setback
    // The storage's signed address has run out: the next request gets a new one.
    if (new URL(response.url).origin !== origin) throw new Setback({ kind: 'status', status })
    const code = headers.get('x-error-code')
    if (code === 'GatedRepo') throw new ModelsError({ code: 'gated', repo, host, hasToken })
    if (code === 'RevisionNotFound') throw new ModelsError({ code: 'no-revision', repo, revision })
    const noRepository = code === 'RepoNotFound'
    if (path !== undefined && status === 404 && !noRepository) throw notAHub(`it lists ${path} and does not have it`)
    if (noRepository || status === 404) throw new ModelsError({ code: 'no-repository', repo, host, hasToken })
    if (status === 401 && hasToken) throw new ModelsError({ code: 'bad-token', host })
    if (status === 401 || status === 403) throw new ModelsError({ code: 'no-repository', repo, host, hasToken })
    throw new ModelsError({ code: 'refused', host, status })
  }

  /** A `fetch` for the library that asks for as many pages as a listing can have, each bounded in bytes and time. */
  const asking = (repo: string, revision: string, signal: AbortSignal): typeof fetch => {
    let pages = 0
    return async (input, init) => {
      if (++pages > MAX_PAGES) throw notAHub(`a listing of more than ${MAX_PAGES} pages`)
      const watchdog = createWatchdog(signal, ANSWER_TIMEOUT_MS)
      try {
        const response = await hubRequest(access, String(input), { headers: init?.headers, signal: watchdog.signal })
        await accept(response, repo, revision)
        const body = await wholeBody(response, watchdog.signal)
        if (!body) throw notAHub(`an answer of more than ${MAX_ANSWER_BYTES} bytes`)
        return new Response(body, { headers: response.headers })
      } finally {
        watchdog.end()
      }
    }
  }

  /** What the library makes of an answer that is not JSON, or not a list. */
  const understood = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
    work.catch((error) => {
      if (signal.aborted || error instanceof ModelsError || error instanceof Setback) throw error
      throw notAHub(error instanceof SyntaxError ? 'an answer that is not JSON' : 'an answer of another shape')
    })

  return {
    host,
    commitOf: (repo, revision, signal) =>
      understood(
        modelInfo({
          name: repo,
          revision,
          hubUrl: endpoint,
          additionalFields: ['sha'],
          fetch: asking(repo, revision, signal),
        }).then(({ sha }) => {
          if (!COMMIT.test(sha)) throw notAHub('a revision without its commit')
          return sha
        }),
        signal,
      ),
    list: (repo, commit, signal) =>
      understood(
        collect(
          listFiles({
            repo,
            revision: commit,
            recursive: true,
            hubUrl: endpoint,
            fetch: asking(repo, commit, signal),
          }),
          notAHub,
        ),
        signal,
      ),
    async read(repo, commit, path, offset, signal) {
      const url = `${endpoint}/${repo}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`
      // Compressed on the way, ranges and lengths would be those of something else.
      const headers = { 'accept-encoding': 'identity' }
      const range = offset > 0 && { range: `bytes=${offset}-` }
      let response = await hubRequest(access, url, { headers: { ...headers, ...range }, signal })
      if (range && !isFrom(offset, response)) {
        await response.body?.cancel()
        response = await hubRequest(access, url, { headers, signal })
      }
      await accept(response, repo, commit, path)
      return response
    },
  }
}

async function collect(entries: AsyncIterable<unknown>, notAHub: (what: string) => Error): Promise<HubFile[]> {
  const files = new Map<string, HubFile>()
  let count = 0
  for await (const entry of entries) {
    if (++count > MAX_FILES) throw notAHub(`a listing of more than ${MAX_FILES} files`)
    const { type, path, oid, lfs, size } = entrySchema.parse(entry)
    if (type !== 'file') continue
    const hash: HubFile['hash'] = lfs ? { kind: 'sha256', hex: lfs.oid } : { kind: 'git-sha1', hex: oid }
    files.set(path, { path, bytes: lfs?.size ?? size, hash })
  }
  return [...files.values()]
}

/** Whether it may be an answer to a range from there on: some servers refuse ranges, or send others than they were asked for. */
function isFrom(offset: number, response: Response): boolean {
  if (response.status !== PARTIAL_CONTENT) return response.status !== RANGE_REFUSED
  const range = contentRange(response)
  return range !== undefined && range.first <= offset && offset <= range.last
}

/** Undefined: it is too long. */
async function wholeBody(response: Response, signal: AbortSignal): Promise<Buffer<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of bodyOf(response, signal)) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) return undefined
  }
  return Buffer.concat(chunks)
}
