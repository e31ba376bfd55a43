import { type Api, InputFile } from 'grammy'
import type { Message } from 'grammy/types'
import { ChatError, type View, type ViewFile, type ViewPicture } from '../../src/chat.ts'
import type { Albums } from './albums.ts'
import type { Call, Outcome } from './call.ts'
import { type Originals, withOriginal } from './originals.ts'
import type { Lane } from './pace.ts'
import { type Caption, type Form, type Media, type Pictures, safeName } from './pictures.ts'
import { keyboard, MAX_CAPTION, MAX_TEXT, type Rendered, render } from './render.ts'
import { isGroup, nameOf, type Posted, placement, type Route } from './route.ts'
import type { Whispers } from './whispers.ts'

/** Views as messages: made, changed, removed. Everything rejects with a `ChatError`. */
export interface Messenger {
  /** `name` is the post's own: an album that was sent under it is not sent again. */
  post(route: Route, view: View, name: string): Promise<Posted>
  update(posted: Posted, view: View): Promise<void>
  /** Takes a message away. False when the platform will not (older than 48 hours). */
  remove(posted: Posted): Promise<boolean>
}

interface Deps {
  readonly api: Api
  readonly call: Call
  readonly pictures: Pictures
  readonly albums: Albums
  readonly whispers: Whispers
  readonly originals: Originals
}

const noPreview = { link_preview_options: { is_disabled: true } }
const forms: readonly Form[] = ['known', 'fresh', 'file']

export function createMessenger({ api, call, pictures, albums, whispers, originals }: Deps): Messenger {
  return {
    async post(wanted, view, name) {
      const route = privately(wanted, view)
      const [only, ...others] = view.pictures ?? []
      if (only && others.length === 0) {
        const posted = await sendPicture(route, view, only)
        originals.note(posted, [only])
        for (const file of view.files ?? []) await sendFile(beside(posted), file, {})
        return posted
      }
      if (only) await albums.send(route, [only, ...others], name)
      const caption = render(view.text, Number.POSITIVE_INFINITY)
      const [first, ...rest] = view.files ?? []
      const withFile = first && caption.text.length <= MAX_CAPTION
      const posted = withFile
        ? await sendFile(route, first, { ...asCaption(caption), reply_markup: keyboard(withOriginal(view)) })
        : await sendText(route, view)
      if (only) {
        albums.rename(name, nameOf(posted))
        originals.note(posted, [only, ...others])
      }
      for (const file of withFile ? rest : (view.files ?? [])) await sendFile(beside(posted), file, {})
      return posted
    },

    async update(posted, view) {
      if (posted.ephemeral) return whispers.update(posted, view)
      const lane = view.working ? 'progress' : 'answer'
      const shown = view.pictures ?? []
      const [only] = shown
      if (only && shown.length === 1) await editPicture(posted, view, only, lane)
      else {
        if (only) await albums.send({ ...posted, reply: posted.message }, shown, nameOf(posted))
        else await albums.remove(posted, nameOf(posted))
        await editText(posted, view, lane)
      }
      originals.note(posted, shown)
    },

    remove,
  }

  async function remove(posted: Posted): Promise<boolean> {
    originals.note(posted, [])
    try {
      await call(posted, { effect: 'change', lane: 'answer' }, ({ chat, message }) => api.deleteMessage(chat, message))
      return true
    } catch (error) {
      if (error instanceof ChatError && error.code === 'refused') return false
      throw error
    }
  }

  async function sendText(route: Route, view: View): Promise<Posted> {
    if (view.private && isGroup(route.chat)) {
      const whispered = await whispers.post(route, view)
      if (whispered) return whispered
    }
    const { text, entities } = render(view.text, MAX_TEXT)
    const markup = { reply_markup: keyboard(withOriginal(view)) }
    return posted(
      await call(route, { effect: 'new', lane: 'answer' }, (to) =>
        api.sendMessage(to.chat, text, { entities, ...markup, ...noPreview, ...placement(to) }),
      ),
    )
  }

  async function sendPicture(route: Route, view: View, picture: ViewPicture): Promise<Posted> {
    const markup = { reply_markup: keyboard(withOriginal(view)) }
    const outcome = await inSomeForm(view, picture, (media, caption) =>
      call(
        route,
        { effect: 'new', lane: 'answer' },
        (to): Promise<Message> =>
          media.type === 'photo'
            ? api.sendPhoto(to.chat, media.media, { ...caption, ...spoiler(picture), ...markup, ...placement(to) })
            : api.sendDocument(to.chat, media.media, { ...caption, ...markup, ...placement(to) }),
      ),
    )
    if (outcome.kind === 'done') pictures.sent(picture, outcome.value)
    return posted(outcome)
  }

  async function sendFile(route: Route, file: ViewFile, other: object): Promise<Posted> {
    return posted(
      await call(route, { effect: 'new', lane: 'answer' }, (to) =>
        api.sendDocument(to.chat, new InputFile(file.content, safeName(file.name)), { ...other, ...placement(to) }),
      ),
    )
  }

  async function editText(posted: Posted, view: View, lane: Lane): Promise<void> {
    const markup = { reply_markup: keyboard(withOriginal(view)) }
    const { text, entities } = render(view.text, MAX_TEXT)
    const outcome = await call(posted, { effect: 'change', lane }, ({ chat, message }) =>
      api.editMessageText(chat, message, text, { entities, ...markup, ...noPreview }),
    )
    if (outcome.kind !== 'no-text') return
    // A picture's message cannot lose its picture: it goes, and what is left to say needs a message of its own.
    const caption = asCaption(render(view.text, MAX_CAPTION))
    if (await remove(posted)) throw new ChatError('gone', 'a message was taken away with its picture')
    await call(posted, { effect: 'change', lane }, ({ chat, message }) =>
      api.editMessageCaption(chat, message, { ...caption, ...markup }),
    )
  }

  async function editPicture(posted: Posted, view: View, picture: ViewPicture, lane: Lane): Promise<void> {
    const markup = { reply_markup: keyboard(withOriginal(view)) }
    const outcome = await inSomeForm(view, picture, (media) =>
      call(posted, { effect: 'change', lane }, ({ chat, message }) =>
        api.editMessageMedia(chat, message, media, markup),
      ),
    )
    if (outcome.kind === 'done' && outcome.value !== true) pictures.sent(picture, outcome.value)
  }

  /** By its id, then by its bytes, then as a file: the first form that the platform takes. */
  async function inSomeForm<T>(
    view: View,
    picture: ViewPicture,
    send: (media: Media, caption: Caption) => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> {
    const caption = asCaption(render(view.text, MAX_CAPTION))
    for (const form of forms) {
      const outcome = await send(await pictures.media(picture, caption, form), caption)
      if (outcome.kind !== 'bad-file') return outcome
    }
    throw new ChatError('refused', `Telegram takes ${picture.path} in no form`)
  }
}

function posted(outcome: Outcome<Message>): Posted {
  if (outcome.kind !== 'done') throw new ChatError('refused', `a new message was answered with ${outcome.kind}`)
  const { reply: _, ...route } = outcome.route
  return { ...route, message: outcome.value.message_id }
}

/** A private picture or file of a group goes to the person alone. Where they never wrote to the bot, it is `gone`. */
function privately(route: Route, view: View): Route {
  const isHeavy = view.job !== undefined || Boolean(view.pictures?.length) || Boolean(view.files?.length)
  return view.private && isHeavy && isGroup(route.chat) && route.person ? { chat: route.person } : route
}

function beside({ message, ...route }: Posted): Route {
  return { ...route, reply: message }
}

function asCaption({ text, entities }: Rendered): Caption {
  return { caption: text, caption_entities: entities }
}

function spoiler(picture: ViewPicture) {
  return picture.spoiler ? { has_spoiler: true } : {}
}
