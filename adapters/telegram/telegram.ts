import { Api } from 'grammy'
import type { Update, UserFromGetMe } from 'grammy/types'
import { ChatError, type Core, type Platform } from '../../src/chat.ts'
import type { CommandInfo } from '../../src/commands/command.ts'
import { createAlbums } from './albums.ts'
import { createAsks } from './asks.ts'
import { createCall } from './call.ts'
import { type TelegramClock, wait } from './clock.ts'
import { createAgent, fetchAnswer } from './connection.ts'
import { createDownload } from './download.ts'
import { handleUpdate } from './handle.ts'
import type { HandlerDeps } from './handler-deps.ts'
import type { Health } from './health.ts'
import { createInbox } from './inbox.ts'
import type { FindPictures } from './inline.ts'
import type { TelegramLog } from './log.ts'
import type { TelegramMemory } from './memory.ts'
import { createMentions } from './mentions.ts'
import { registerMenus } from './menus.ts'
import { createMessenger } from './messenger.ts'
import { createModerators } from './moderators.ts'
import { createMoves } from './moves.ts'
import { createOriginals } from './originals.ts'
import { createPace } from './pace.ts'
import { createPictures } from './pictures.ts'
import { allowedUpdates, poll } from './polling.ts'
import { redacting } from './redact.ts'
import { isGroup, platform, postedOf, refOf, routeOf } from './route.ts'
import { createSenders } from './senders.ts'
import { supervise } from './supervise.ts'
import { createWebhook, type WebhookOptions } from './webhook.ts'
import { createWhispers } from './whispers.ts'
import type { TelegramWords } from './words.ts'
import { createWorking } from './working.ts'

// grammY waits 500 by default, which would hold a hanging upload, and its chat, for as long.
const REQUEST_TIMEOUT_SECONDS = 60
// Edits of one message: what people in a private chat and in a group can bear, and the platform too.
const PRIVATE_PACE_MS = 2000
const GROUP_PACE_MS = 5000
// How often a webhook is asked after and set again: it may not be reached, somebody may have removed it, and the token
// may be refused by now.
const WEBHOOK_CHECK_MS = 300_000
// For the last words of a connection that hangs.
const FAREWELL_MS = 3000

export interface TelegramOptions {
  /** From @BotFather. Never leaves this room but in a request's address. */
  readonly token: string
  /** Telegram's own, or that of a Bot API server of one's own. */
  readonly apiUrl?: string | undefined
  /** Without it: long polling. */
  readonly webhook?: WebhookOptions | undefined
  readonly commands: readonly CommandInfo[]
  /** Telegram ids of the people who run this bot: they see all commands. */
  readonly owners: readonly string[]
  /** The folder below which a view's pictures lie. */
  readonly dataDir: string
  readonly memory: TelegramMemory
  readonly findPictures: FindPictures
  readonly words: TelegramWords
  readonly clock: TelegramClock
  /** How long one request may take; above the 30 seconds for which Telegram holds one for updates. */
  readonly requestTimeoutSeconds?: number
  readonly log: TelegramLog
}

/** Telegram as a chat platform. Builds this room's parts and connects them. */
export function createTelegram(options: TelegramOptions): Platform {
  const { token, webhook, commands, owners, dataDir, memory, words, clock, log } = options
  const apiUrl = (options.apiUrl ?? 'https://api.telegram.org').replace(/\/+$/, '')
  const agent = createAgent(apiUrl.startsWith('https:'))
  const timeoutSeconds = options.requestTimeoutSeconds ?? REQUEST_TIMEOUT_SECONDS
  const client = { apiRoot: apiUrl, timeoutSeconds, baseFetchConfig: { agent }, fetch: fetchAnswer }
  const transformer = redacting(token)
  const api = new Api(token, client)
  api.config.use(transformer)

  const stopping = new AbortController()
  const stopped = stopping.signal
  // grammY types signals by an older library's class.
  const signal = stopped as unknown as Parameters<typeof api.getMe>[0]
  const health: Health = { state: 'connecting' }
  const moves = createMoves({ api, memory, log, carry: (from, to) => core!.chatMoved(platform, from, to) })
  api.config.use(moves.learn)
  const pace = createPace(clock, stopped)
  const call = createCall({ pace, moves, log })
  const pictures = createPictures({ dataDir, memory, bot: /^\d+/.exec(token)?.[0] ?? '' })
  const originals = createOriginals({ dataDir, memory, clock })
  const albums = createAlbums({ api, call, pictures, originals, memory })
  const moderators = createModerators({ api, clock, moves })
  const isAdministrator = async (chat: number) => me !== undefined && moderators.has(chat, me.id)
  const whispers = createWhispers({ api, call, clock, isAdministrator })
  const working = createWorking({ api, clock, stopped })
  const messenger = createMessenger({ api, call, pictures, albums, whispers, originals, working })
  const asks = createAsks({ api, call, memory })
  const mentions = createMentions(memory)
  const senders = createSenders(moderators)
  const download = createDownload({ api, apiUrl, token, stopped })

  let core: Core | undefined
  let me: UserFromGetMe | undefined
  let running: Promise<void> = Promise.resolve()

  const inbox = createInbox({ memory, log, handle, stopped })
  const server = webhook && createWebhook(webhook, { inbox, log })

  return {
    chat: {
      platform,
      paceMs: ({ chat }) => (isGroup(Number(chat)) ? GROUP_PACE_MS : PRIVATE_PACE_MS),
      post: async (address, view, key) => refOf(await messenger.post(routeOf(address), view, key)),
      update: (ref, view) => messenger.update(postedOf(ref), view),
    },

    start(door) {
      core = door
      running = supervise({ clock, health, log, stopped, token }, connect)
    },

    close: inbox.close,

    async stop() {
      stopping.abort(new ChatError('later', 'the service is stopping'))
      server?.close()
      // A deadline of the network, like grammY's own: it does not follow the handed-in time.
      const giveUp = setTimeout(() => agent.destroy(), FAREWELL_MS)
      await running
      await inbox.idle()
      clearTimeout(giveUp)
      agent.destroy()
    },

    health: () => ({ ok: health.state === 'online', detail: health.state }),
  }

  async function handle(update: Update): Promise<void> {
    const deps = handlerDeps()
    const { message } = update
    // An owner has a chat for a list of commands only now.
    if (message?.text?.startsWith('/start') && owners.includes(String(message.from.id)))
      void registerMenus({ ...deps, owners })
    await handleUpdate(deps, update)
  }

  function handlerDeps(): HandlerDeps {
    if (!core || !me) throw new Error('expected to be started and connected')
    return {
      ...{ api, core, me, commands, words, find: options.findPictures },
      ...{ messenger, asks, moves, mentions, senders, download, pictures, originals, memory, clock, log, stopped },
    }
  }

  async function connect(onOnline: () => void): Promise<void> {
    me = await api.getMe(signal)
    void registerMenus({ ...handlerDeps(), owners })
    // Before anything is taken in: what is said in the new group is under the rules of the old one.
    await moves.catchUp(signal)
    await inbox.resume()
    if (webhook) await serve(webhook, onOnline)
    else await poll({ token, client, transformer, me, inbox, health, log, stopped }, onOnline)
  }

  async function serve({ url, secret, port }: WebhookOptions, onOnline: () => void): Promise<void> {
    if (!server!.listening) {
      await new Promise<void>((resolve, reject) => server!.once('error', reject).listen(port, '127.0.0.1', resolve))
    }
    let since = Math.floor(clock.now() / 1000)
    while (!stopped.aborted) {
      const info = await api.getWebhookInfo(signal)
      await api.setWebhook(url, { secret_token: secret, allowed_updates: allowedUpdates }, signal)
      const { last_error_date: failed = 0, last_error_message: reason, pending_update_count: pending } = info
      if (failed >= since && pending > 0) {
        health.state = 'waiting'
        log.error({ reason, pending }, 'Telegram cannot reach the webhook: look at TELEGRAM_WEBHOOK_URL and its proxy')
      } else onOnline()
      since = Math.floor(clock.now() / 1000)
      await wait(clock, WEBHOOK_CHECK_MS, stopped).catch(() => {})
    }
  }
}
