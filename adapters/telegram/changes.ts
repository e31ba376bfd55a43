import { type Api, InputFile } from 'grammy'
import { ChatError, type View, type ViewPicture } from '../../src/chat.ts'
import type { Call } from './call.ts'
import { inSomeForm, type Pictures } from './pictures.ts'
import type { Posted } from './route.ts'
import { captionOf, markupOf, textOf } from './view-parts.ts'

/** Edits and deletions of one message. */
export function createChanges({ api, call, pictures }: { api: Api; call: Call; pictures: Pictures }) {
  return { toText, toPicture, remove }

  async function toText(posted: Posted, view: View): Promise<void> {
    const { text, other } = textOf(view)
    const outcome = await call(posted, optionsFor(view), ({ chat, message }) =>
      api.editMessageText(chat, message, text, other),
    )
    if (outcome.kind !== 'unfit') return
    // A message cannot lose its picture: the message goes, or where it is too old for that, the picture is painted over.
    if (await remove(posted)) throw new ChatError('gone', 'a message was taken away with its picture')
    await call(posted, optionsFor(view), ({ chat, message }) =>
      api.editMessageMedia(chat, message, { type: 'photo', media: blank(), ...captionOf(view) }, markupOf(view)),
    )
  }

  async function toPicture(posted: Posted, view: View, picture: ViewPicture): Promise<void> {
    const outcome = await inSomeForm(pictures, picture, captionOf(view), (media) =>
      call(posted, optionsFor(view), ({ chat, message }) => api.editMessageMedia(chat, message, media, markupOf(view))),
    )
    if (outcome.kind === 'unfit') {
      await remove(posted)
      throw new ChatError('gone', 'a text was taken away to make room for a picture')
    }
    if (outcome.kind === 'done' && outcome.value !== true) pictures.sent(picture, outcome.value)
  }

  async function remove(posted: Posted): Promise<boolean> {
    try {
      await call(posted, optionsFor({}), ({ chat, message }) => api.deleteMessage(chat, message))
      return true
    } catch (error) {
      if (error instanceof ChatError && error.code === 'refused') return false
      throw error
    }
  }
}

function optionsFor({ working }: Pick<View, 'working'>) {
  return { effect: 'change', lane: working ? 'progress' : 'answer' } as const
}

/** A grey square of 64 × 64: what is shown in place of a picture that was deleted. */
export function blank(): InputFile {
  return new InputFile(Buffer.from(BLANK, 'base64'), 'deleted.png')
}

const BLANK =
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAMAAACdt4HsAAAAA1BMVEWAgICQdD0xAAAAG0lEQVRYw+3BgQAAAADDoPlT3+AEVQEAAAB8AxBAAAEZszF2AAAAAElFTkSuQmCC'
