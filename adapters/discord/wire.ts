import { DefaultRestOptions, type RawFile, REST, type RESTOptions, type RequestData } from 'discord.js'
import { DiscordFault, requestFaultOf } from './errors.ts'
import type { Opening, Place } from './place.ts'

/** A message on its way: the JSON part and the files that its `attachments` name by number. */
export interface Parcel {
  readonly body: object
  readonly files: RawFile[]
}

export interface Reply {
  readonly id: string
}

// The library's clock for a request includes the upload, and 20 MiB over a home line take a while.
const REQUEST_TIMEOUT_MS = 60_000

export type Wire = ReturnType<typeof createWire>

/**
 * Every request we send. Rejects with a `DiscordFault` and never repeats by itself: who asked knows whether a repeat is
 * harmless. Works without a gateway. Requests by an interaction's token carry no authorisation and count for no limit but
 * their own; so this is a client apart from the gateway's, which would hold all of them to 50 a second.
 */
export function createWire(token: string, apiUrl: string | undefined) {
  const rest = new REST({
    ...(apiUrl && { api: apiUrl }),
    timeout: REQUEST_TIMEOUT_MS,
    retries: 0,
    makeRequest: sendWhole,
    globalRequestsPerSecond: Number.POSITIVE_INFINITY,
    rejectOnRateLimit: () => true,
    // Limits are forgotten with their handlers; sweeping hourly is the library's default and keeps one a token too long.
    handlerSweepInterval: 5 * 60_000,
  })

  const ask = async <T>(method: 'get' | 'post' | 'put' | 'patch' | 'delete', route: string, data: RequestData = {}) => {
    // One refused request makes the library forget its token for good.
    rest.setToken(token)
    try {
      // The library's own limit ends with an answer's headers; its body may never come.
      const signal = data.signal ?? AbortSignal.timeout(REQUEST_TIMEOUT_MS)
      return (await rest[method](route as `/${string}`, { ...data, signal })) as T
    } catch (error) {
      throw requestFaultOf(error)
    }
  }
  /** The same for what has an id: a page of some server in between has none. */
  const askFor = async (...request: Parameters<typeof ask>): Promise<Reply> => {
    const reply = await ask<Partial<Reply> | null>(...request)
    if (typeof reply?.id === 'string') return { id: reply.id }
    throw notDiscord()
  }
  const hook = ({ app, token: interactionToken }: Place) => `/webhooks/${app}/${interactionToken}`

  return {
    /** The first answer to an interaction. */
    async callback({ interaction, token }: Opening, body: object, signal: AbortSignal): Promise<void> {
      const route = `/interactions/${interaction}/${token}/callback`
      const answer = await ask<unknown>('post', route, { body, auth: false, signal })
      // Discord says nothing here; a page of some server in between does.
      if (answer instanceof ArrayBuffer && answer.byteLength > 0) throw notDiscord()
    },
    editByToken: (place: Place, message: string, parcel: Parcel) =>
      askFor('patch', `${hook(place)}/messages/${encodeURIComponent(message)}`, { ...parcel, auth: false }),
    followUp: (place: Place, parcel: Parcel) => askFor('post', hook(place), { ...parcel, auth: false }),
    /** The answer to an interaction; of a press that was answered with a change of its message, that message. */
    original: (place: Place) =>
      askFor('get', `${hook(place)}/messages/${encodeURIComponent('@original')}`, { auth: false }),
    deleteByToken: (place: Place, message: string) =>
      ask<void>('delete', `${hook(place)}/messages/${encodeURIComponent(message)}`, { auth: false }),
    editInChannel: (channel: string, message: string, parcel: Parcel) =>
      askFor('patch', `/channels/${channel}/messages/${message}`, parcel),
    postInChannel: (channel: string, parcel: Parcel) => askFor('post', `/channels/${channel}/messages`, parcel),
    openDirect: async (person: string): Promise<string> =>
      (await askFor('post', '/users/@me/channels', { body: { recipient_id: person } })).id,
    /** Whether a channel is marked as one for adults. */
    isForAdults: async (channel: string, signal: AbortSignal): Promise<boolean> =>
      (await ask<{ readonly nsfw?: boolean } | null>('get', `/channels/${channel}`, { signal }))?.nsfw === true,
    /** Replaces all commands of the application, everywhere or in one server. */
    putCommands: (app: string, guild: string | undefined, body: readonly object[]) =>
      ask<unknown>('put', `/applications/${app}${guild ? `/guilds/${guild}` : ''}/commands`, { body }),
  }
}

/**
 * A form goes out as bytes. Of a stream, Node's client ends the process when a server answers before it has read all of it:
 * it throws where nobody can catch it.
 */
const sendWhole: RESTOptions['makeRequest'] = async (url, init) => {
  if (!(init.body instanceof FormData)) return DefaultRestOptions.makeRequest(url, init)
  const form = new Response(init.body)
  const headers = { ...(init.headers as Record<string, string>), 'content-type': form.headers.get('content-type')! }
  return DefaultRestOptions.makeRequest(url, { ...init, headers, body: await form.bytes() })
}

function notDiscord(): DiscordFault {
  return new DiscordFault({ code: 'later', message: 'what answered is not Discord' })
}
