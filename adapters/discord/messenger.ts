import { createHash } from 'node:crypto'
import { type Address, type Chat, hasFiles, type MessageRef, type View } from '../../src/chat.ts'
import { Code, DiscordFault, faultOf } from './errors.ts'
import { createFarewells } from './farewells.ts'
import { ephemeral, pack, type Wrapping } from './message.ts'
import { UPLOAD_BYTES } from './pictures.ts'
import { PLATFORM, type Place, placeOf, refOf, type Spot, spotOf, tokenLives } from './place.ts'
import type { Timing } from './timing.ts'
import type { Parcel, Reply, Wire } from './wire.ts'
import type { DiscordWords } from './words.ts'

// Discord takes five edits of one message in five seconds; people read slower.
const PACE_MS = 2_500
// Discord: a nonce has 25 characters.
const NONCE_LENGTH = 25

interface MessengerDeps {
  readonly wire: Wire
  readonly timing: Timing
  readonly words: DiscordWords
  readonly dataDir: string
}

export type Messenger = ReturnType<typeof createMessenger>

/** Puts views into messages and messages into places. */
export function createMessenger({ wire, timing, words, dataDir }: MessengerDeps) {
  const farewells = createFarewells(timing, (spot, view) => update(refOf(spot), view))

  /** Packs the view and has it sent; once more, smaller, where Discord finds the files too large. */
  const send = async <T>(
    place: Place,
    view: View,
    deliver: (parcel: Parcel) => Promise<T>,
    extra: Pick<Wrapping, 'before' | 'after' | 'ping'> = {},
  ): Promise<T> => {
    const wrapping = { dataDir, words: words[place.language], ...extra }
    try {
      return await deliver(await pack(view, { ...wrapping, uploadBytes: place.uploadBytes }))
    } catch (error) {
      if (faultOf(error).discord !== Code.tooLarge || !hasFiles(view)) throw error
      return deliver(await pack(view, { ...wrapping, uploadBytes: Math.min(place.uploadBytes, UPLOAD_BYTES) / 4 }))
    }
  }

  /** Into a message that is changed by its interaction's token, and says so before that dies. */
  const sendByToken = <T>(place: Place, view: View, deliver: (parcel: Parcel) => Promise<T>): Promise<T> => {
    if (!farewells.due(place, view)) return send(place, view, deliver)
    const { movesToChannel, movesToDirect } = words[place.language]
    return send(place, view, deliver, { after: place.mayPost && !view.private ? movesToChannel : movesToDirect })
  }

  const update = async (ref: MessageRef, view: View): Promise<void> => {
    const spot = spotOf(ref)
    const { hook, lasting } = spot
    if (farewells.shows(spot, view)) return
    // Before it goes out: an announcement that comes meanwhile would take the result's place.
    const id = view.working ? undefined : farewells.forget(spot)
    let reply: Reply | undefined
    if (hook !== undefined && tokenLives(spot, timing.now())) {
      reply = await sendByToken(spot, view, (parcel) => wire.editByToken(spot, hook, parcel))
    } else if (lasting !== undefined) {
      await send(spot, view, (parcel) => wire.editInChannel(spot.channel, lasting, parcel))
    } else {
      if (id !== undefined && spot.mayPost && !spot.private) await leave(spot, id, view)
      throw new DiscordFault({ code: 'gone', message: 'the token that could change this message is no longer valid' })
    }
    farewells.shown(spot, view, reply?.id)
  }
  /**
   * The message that waited, of which the result is a new one: it waits no more, and is not to be cancelled. Where it can't be
   * changed, its button says so when it is pressed.
   */
  const leave = (place: Place, message: string, view: View): Promise<unknown> => {
    const after = hasFiles(view) ? words[place.language].cameAnew : ''
    const change = (parcel: Parcel) => wire.editInChannel(place.channel, message, parcel)
    return send(place, { text: view.text }, change, { after }).catch(() => {})
  }

  const postInChannel = async (place: Place, channel: string, view: View, key: string, secret: boolean) => {
    const nonce = { nonce: nonceOf(place, key), enforce_nonce: true }
    const { sentToDirect } = words[place.language]
    const mention = place.direct ? {} : { before: `<@${place.person}>`, ping: place.person }
    const extra = secret ? { before: sentToDirect } : mention
    const post = ({ body, files }: Parcel) => wire.postInChannel(channel, { body: { ...body, ...nonce }, files })
    const uploadBytes = Math.min(place.uploadBytes, UPLOAD_BYTES)
    const { id } = await send({ ...place, uploadBytes }, view, post, extra)
    return refOf({ ...place, channel, lasting: id, private: secret } satisfies Spot)
  }

  /**
   * By the interaction's token: reaches people whose server has no bot of ours, but has no nonce. `repeatable`: the message
   * may be there twice rather than not at all.
   */
  const followUp = async (place: Place, view: View, repeatable = false): Promise<MessageRef> => {
    const secret = view.private === true && !place.direct
    const post = (parcel: Parcel) => wire.followUp(place, secret ? ephemeral(parcel) : parcel)
    const { id } = await sendByToken(place, view, post).catch((error: unknown) => {
      const fault = faultOf(error)
      throw fault.unanswered && !repeatable
        ? new DiscordFault({ ...fault, code: 'doubtful', message: fault.message })
        : fault
    })
    const spot: Spot = { ...place, hook: id, private: secret }
    farewells.shown(spot, view)
    return refOf(spot)
  }

  /** The answer that is there although nobody knows of it: its reference was lost with a process, or on the way. */
  const takeUp = async (place: Place, view: View): Promise<MessageRef> => {
    const ref = refOf({ ...place, hook: '@original', private: false } satisfies Spot)
    await update(ref, view)
    return ref
  }

  /** Whether there is an answer of its own, as far as is known. */
  const isAnswered = async (place: Place): Promise<boolean> => {
    if (place.own || place.pressed === undefined) return place.own
    const original = await wire.original(place).catch((error: unknown) => {
      if (faultOf(error).code !== 'gone') throw error
    })
    return original !== undefined && original.id !== place.pressed
  }

  /**
   * An answer that is there already; else the channel, where the bot may post and all may see it; else by the token, while
   * it lives; else to the person alone.
   */
  const post = async (address: Address, view: View, key: string): Promise<MessageRef> => {
    const place = placeOf(address)
    const secret = view.private === true && !place.direct
    const ways: (() => Promise<MessageRef>)[] = []
    if (!secret && tokenLives(place, timing.now()) && (await isAnswered(place))) ways.push(() => takeUp(place, view))
    if (place.mayPost && !secret) ways.push(() => postInChannel(place, place.channel, view, key, false))
    if (tokenLives(place, timing.now())) ways.push(() => followUp(place, view))
    if (!place.direct) {
      ways.push(async () => postInChannel(place, await wire.openDirect(place.person), view, key, true))
    }
    for (const way of ways) {
      try {
        return await way()
      } catch (error) {
        if (faultOf(error).code !== 'gone') throw error
      }
    }
    throw new DiscordFault({ code: 'gone', message: 'neither the channel nor direct messages take a message of ours' })
  }

  const chat: Chat = { platform: PLATFORM, paceMs: () => PACE_MS, post, update }
  return { chat, sendByToken, followUp, shown: farewells.shown, stop: farewells.stop }
}

/** Another database counts its jobs from 1, too: only with the interaction the key is one of its kind. */
function nonceOf({ interaction }: Place, key: string): string {
  return createHash('sha256').update(`${interaction} ${key}`).digest('base64url').slice(0, NONCE_LENGTH)
}
