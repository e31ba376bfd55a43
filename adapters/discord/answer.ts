import { InteractionResponseType, MessageFlags } from 'discord.js'
import { hasFiles, type MessageRef, type Respond, type View } from '../../src/chat.ts'
import { acknowledge } from './acknowledge.ts'
import { faultOf } from './errors.ts'
import { modalOf } from './form.ts'
import { ephemeral } from './message.ts'
import type { Messenger } from './messenger.ts'
import { persist } from './persist.ts'
import { type Place, refOf, type Spot } from './place.ts'
import type { Timing } from './timing.ts'
import type { Wire } from './wire.ts'
import type { DiscordWords } from './words.ts'

// People see within a second that they were heard, and a deferral that is cut can be sent again within Discord's three.
const DEFER_AFTER_MS = 800

/**
 * How far the answer to one interaction is. `open`: Discord waits for a first answer. `deferred`: it was told to wait for a
 * new message, which its reader alone sees or all. `quiet`: it was told to wait, and shows nothing of that. `answered`:
 * `respond` was called.
 */
type Progress =
  | { readonly state: 'open' }
  | { readonly state: 'deferred'; readonly secret: boolean; readonly sent: Promise<unknown> }
  | { readonly state: 'quiet'; readonly sent: Promise<unknown> }
  | { readonly state: 'answered' }

interface AnswerDeps {
  readonly wire: Wire
  readonly timing: Timing
  readonly messenger: Messenger
  readonly words: DiscordWords
}

interface Asked {
  /** The message whose button was pressed, or whose button opened the form that was filled in. */
  readonly pressed: Spot | undefined
  /** A form was filled in: Discord takes no other form as the answer to it. */
  readonly filled: boolean
  /** The person asked for an answer that only they see. Discord must be told before the answer is known. */
  readonly secret: boolean
}

/** Answers one interaction. Begins to wait at once, and tells Discord to wait when the core takes long. */
export function createAnswer({ wire, timing, messenger, words }: AnswerDeps, place: Place, asked: Asked) {
  const sentences = words[place.language]
  let progress: Progress = { state: 'open' }

  const acknowledged = (type: InteractionResponseType, data?: object) => {
    const sent = acknowledge(wire, timing, place, { type, data })
    // A deferral that failed is told to whoever answers next, and to nobody before.
    sent.catch(() => {})
    return sent
  }
  const defer = (quiet: boolean, secret: boolean): Promise<unknown> => {
    const { DeferredMessageUpdate, DeferredChannelMessageWithSource } = InteractionResponseType
    const flags = secret ? { flags: MessageFlags.Ephemeral } : undefined
    const sent = quiet ? acknowledged(DeferredMessageUpdate) : acknowledged(DeferredChannelMessageWithSource, flags)
    progress = quiet ? { state: 'quiet', sent } : { state: 'deferred', secret, sent }
    return sent
  }
  const deferAsAsked = () => defer(asked.pressed !== undefined, asked.secret)
  const stopWaiting = timing.after(DEFER_AFTER_MS, () => void deferAsAsked())

  const shown = (view: View, spot: Spot): MessageRef | undefined => {
    if (view.kind === 'notice') return undefined
    messenger.shown(spot, view)
    return refOf(spot)
  }
  const original = (secret: boolean): Spot => ({ ...place, hook: '@original', private: secret })
  /** The message whose place the view takes. */
  const replacedBy = (view: View): Spot | undefined =>
    view.kind === 'replace' && asked.pressed ? { ...asked.pressed, hook: '@original' } : undefined
  const edit = (view: View) =>
    persist(timing, () => messenger.sendByToken(place, view, (parcel) => wire.editByToken(place, '@original', parcel)))
  const followUp = async (view: View) => {
    // A picture comes by delivery, where its message is lost; a word does not.
    const isWord = view.job === undefined
    const said = isSecret(view) ? { ...view, private: true } : view
    const ref = await persist(timing, () => messenger.followUp(place, said, isWord))
    return view.kind === 'notice' ? undefined : ref
  }

  /** Discord waits for nothing in particular. */
  const afterQuiet = async (view: View): Promise<MessageRef | undefined> => {
    if (view.form) return followUp(notice(sentences.pressAgain))
    const replaced = replacedBy(view)
    if (!replaced) return followUp(view)
    await edit(view)
    return shown(view, replaced)
  }

  /** Discord shows that we think about a new message. */
  const afterDeferral = async (view: View, secret: boolean): Promise<MessageRef | undefined> => {
    if (view.form) return afterDeferral(notice(sentences.pressAgain), secret)
    if (isSecret(view) && !secret) {
      // What was announced to all must not become it: taken back, and said to one.
      await persist(timing, () => wire.deleteByToken(place, '@original')).catch((error: unknown) => {
        // Deleted before: by an attempt whose answer was lost, or by a moderator.
        if (faultOf(error).code !== 'gone') throw error
      })
      return followUp(view)
    }
    await edit(view)
    return shown(view, original(secret))
  }

  const atOnce = async (view: View): Promise<MessageRef | undefined> => {
    if (view.form) {
      await acknowledged(InteractionResponseType.Modal, modalOf(view.form))
      return undefined
    }
    const replaced = replacedBy(view)
    const type = replaced ? InteractionResponseType.UpdateMessage : InteractionResponseType.ChannelMessageWithSource
    await messenger.sendByToken(place, view, (parcel) =>
      acknowledged(type, (isSecret(view) && !replaced ? ephemeral(parcel) : parcel).body),
    )
    return shown(view, replaced ?? original(isSecret(view)))
  }

  const isSecret = (view: View): boolean => view.kind === 'notice' || (view.private === true && !place.direct)
  const notice = (sentence: string): View => ({ kind: 'notice', text: [sentence] })

  const respond: Respond = async (given) => {
    const view = given.form && asked.filled ? notice(sentences.noWords) : given
    stopWaiting()
    // Sending files can take longer than Discord waits for a first answer.
    if (progress.state === 'open' && hasFiles(view)) {
      void defer(replacedBy(view) !== undefined, isSecret(view))
    }
    const before = progress
    progress = { state: 'answered' }
    switch (before.state) {
      case 'open':
        return atOnce(view)
      case 'deferred':
        await before.sent
        return afterDeferral(view, before.secret)
      case 'quiet':
        await before.sent
        return afterQuiet(view)
      case 'answered':
        throw new Error('expected one answer to an interaction, got two')
      default:
        return before satisfies never
    }
  }

  return {
    respond,
    /** Tells Discord to wait, now. Rejects where Discord does not take it: the person was told that nobody is there. */
    defer(): Promise<unknown> {
      stopWaiting()
      return progress.state === 'open' ? deferAsAsked() : Promise.resolve()
    },
  }
}
