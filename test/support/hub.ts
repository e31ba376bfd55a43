import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, relative } from 'node:path'
import { onTestFinished } from 'vitest'

/** One request as it came in. */
export interface HubRequest {
  /** `hub`: the endpoint itself. `storage`: where it redirects to for large files; another origin. */
  readonly at: 'hub' | 'storage'
  readonly path: string
  readonly range: string | undefined
  readonly authorization: string | undefined
}

/** What goes wrong with an answer. The first that fits is used, `times` times (once unless said otherwise). */
export interface HubFault {
  /** A file's path, or the beginning of the API's. */
  readonly path: string
  readonly at?: 'hub' | 'storage'
  times?: number
  /** Another status, with nothing in it. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Closes the connection when so many bytes of the body were sent. */
  readonly breakAfter?: number
  /** Sends so many bytes, then nothing, and lets the connection stand. */
  readonly silentAfter?: number
  /** Turns over a bit of the byte at this offset of the file. */
  readonly flipAt?: number
  /** Answers a range with everything. */
  readonly ignoreRange?: boolean
  /** Says that the file has so many bytes. */
  readonly total?: number
  /** Sends so many bytes more, and does not say how many there are. */
  readonly more?: number
  /** Called when the answer begins. */
  readonly onRequest?: () => void
}

interface Repository {
  commit: string
  files: Map<string, Buffer>
  /** Changes what the listing says. */
  edit: (entries: ListingEntry[]) => unknown
}

export interface ListingEntry {
  type: string
  path: string
  size: number
  oid: string
  lfs?: { oid: string; size: number; pointerSize: number }
}

const PAGE = 5
// What is stored beside git.
const LARGE = /\.(safetensors|bin)$|tokenizer\.json$/u

/** The hub's API over loopback, and its storage on another port. */
export async function openHub() {
  const repositories = new Map<string, Repository>()
  const requests: HubRequest[] = []
  const faults: HubFault[] = []

  const faultOf = (at: 'hub' | 'storage', path: string): HubFault | undefined => {
    const found = faults.find((fault) => path.startsWith(fault.path) && (fault.at ?? at) === at)
    if (!found) return undefined
    found.times = (found.times ?? 1) - 1
    if (found.times === 0) faults.splice(faults.indexOf(found), 1)
    return found
  }
  const note = (at: 'hub' | 'storage', path: string, { headers }: IncomingMessage): void => {
    requests.push({ at, path, range: headers.range, authorization: headers.authorization })
  }

  const storage = await serve((request, response) => {
    const url = new URL(request.url!, 'http://storage')
    const [, repo, path] = /^\/blobs\/([^/]+\/[^/]+)\/(.+)$/u.exec(decodeURIComponent(url.pathname))!
    note('storage', path!, request)
    sendFile(request, response, repositories.get(repo!)!.files.get(path!)!, faultOf('storage', path!))
  })

  const hub = await serve((request, response) => {
    const url = new URL(request.url!, hub.url)
    const path = decodeURIComponent(url.pathname)
    const api = /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/(.+)$/u.exec(path)
    if (api) {
      note('hub', path, request)
      const [, name, what, revision] = api
      const fault = faultOf('hub', path)
      fault?.onRequest?.()
      if (fault?.status) return void response.writeHead(fault.status, fault.headers).end(fault.body)
      const repository = repositories.get(name!)
      if (!repository) return refuse(response, 404, 'RepoNotFound')
      if (revision !== 'main' && revision !== repository.commit) return refuse(response, 404, 'RevisionNotFound')
      const body =
        what === 'revision'
          ? { _id: '1', id: name, sha: repository.commit, private: false, gated: false, downloads: 0, likes: 0 }
          : page(url, repository, response)
      return void response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    }
    const file = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/u.exec(path)
    const repository = file && repositories.get(file[1]!)
    const content = repository?.commit === file?.[2] ? repository?.files.get(file![3]!) : undefined
    if (!file || !content) return refuse(response, 404, 'EntryNotFound')
    note('hub', file[3]!, request)
    if (!LARGE.test(file[3]!)) return sendFile(request, response, content, faultOf('hub', file[3]!))
    const fault = faultOf('hub', file[3]!)
    fault?.onRequest?.()
    if (fault?.status) return void response.writeHead(fault.status, fault.headers).end(fault.body)
    response.writeHead(302, {
      location: `${storage.url}/blobs/${file[1]}/${file[3]}?signature=1`,
      'x-linked-etag': `"${sha256(content)}"`,
      'x-linked-size': String(content.length),
    })
    response.end()
  })

  const page = (url: URL, { files, edit }: Repository, response: ServerResponse): unknown => {
    const folders = [...new Set([...files.keys()].flatMap((path) => (path.includes('/') ? [path.split('/')[0]!] : [])))]
    const entries = edit([
      ...folders.map((path) => ({ type: 'directory', path, size: 0, oid: gitSha1(Buffer.from(path)) })),
      ...Array.from(files, ([path, content]) => entryOf(path, content)),
    ])
    if (!Array.isArray(entries)) return entries
    const from = Number(url.searchParams.get('cursor') ?? 0)
    if (from + PAGE < entries.length) {
      url.searchParams.set('cursor', String(from + PAGE))
      response.setHeader('link', `<${url.href}>; rel="next"`)
    }
    return entries.slice(from, from + PAGE)
  }

  return {
    url: hub.url,
    requests,
    /** Those for a file, where its bytes come from. */
    reads: (path: string) =>
      requests.filter((request) => request.path === path && request.at === (LARGE.test(path) ? 'storage' : 'hub')),
    fault: (fault: HubFault) => void faults.push(fault),
    /** From here on all goes well. */
    clear: () => void faults.splice(0),
    /** Puts a repository there, or a new commit of one. */
    put(name: string, files: ReadonlyMap<string, Buffer>, edit: Repository['edit'] = (entries) => entries): string {
      const commit = createHash('sha1').update(`${name} ${repositories.size} ${requests.length}`).digest('hex')
      repositories.set(name, { commit, files: new Map(files), edit })
      return commit
    },
  }
}

/** All files of a folder, by their paths below it. */
export function filesOf(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry: Dirent) => entry.isFile())
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [relative(folder, path), readFileSync(path)]
    }),
  )
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  content: Buffer,
  fault: HubFault | undefined,
): void {
  fault?.onRequest?.()
  if (fault?.status) return void response.writeHead(fault.status, fault.headers).end(fault.body)
  const start = fault?.ignoreRange ? 0 : Number(/^bytes=(\d+)-$/u.exec(request.headers.range ?? '')?.[1] ?? 0)
  const total = fault?.total ?? content.length
  const bytes = Buffer.from(content.subarray(start))
  if (fault?.flipAt !== undefined && fault.flipAt >= start) bytes[fault.flipAt - start]! ^= 1
  response.statusCode = start > 0 ? 206 : 200
  response.setHeader('etag', `"${sha256(content)}"`)
  response.setHeader('content-length', fault?.total === undefined ? bytes.length : total - start)
  if (start > 0) response.setHeader('content-range', `bytes ${start}-${total - 1}/${total}`)
  if (fault?.more !== undefined) {
    response.removeHeader('content-length')
    return void response.end(Buffer.concat([bytes, Buffer.alloc(fault.more)]))
  }
  const cut = fault?.breakAfter ?? fault?.silentAfter
  if (cut === undefined) return void response.end(bytes)
  response.write(bytes.subarray(0, cut), () => {
    if (fault?.breakAfter !== undefined) response.destroy()
  })
  response.flushHeaders()
}

function entryOf(path: string, content: Buffer): ListingEntry {
  const size = content.length
  if (!LARGE.test(path)) return { type: 'file', path, size, oid: gitSha1(content) }
  const pointer = Buffer.from(`oid sha256:${sha256(content)}`)
  return {
    type: 'file',
    path,
    size,
    oid: gitSha1(pointer),
    lfs: { oid: sha256(content), size, pointerSize: pointer.length },
  }
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'x-error-code': code, 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: code }))
}

async function serve(listener: RequestListener): Promise<{ readonly url: string }> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function gitSha1(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
}
