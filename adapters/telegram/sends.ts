import { type Api, InputFile } from 'grammy'
import type { Message } from 'grammy/types'
import { ChatError, type View, type ViewFile, type ViewPicture } from '../../src/chat.ts'
import type { Call, Outcome } from './call.ts'
import { inSomeForm, type Pictures, safeName } from './pictures.ts'
import { type Posted, placement, type Route } from './route.ts'
import { captionOf, markupOf, textOf } from './view-parts.ts'

const options = { effect: 'new', lane: 'answer' } as const

/** New messages, one each. */
export function createSends({ api, call, pictures }: { api: Api; call: Call; pictures: Pictures }) {
  return {
    async text(route: Route, view: View): Promise<Posted> {
      const { text, other } = textOf(view)
      return posted(await call(route, options, (to) => api.sendMessage(to.chat, text, { ...other, ...placement(to) })))
    },

    async picture(route: Route, view: View, picture: ViewPicture): Promise<Posted> {
      const caption = captionOf(view)
      const outcome = await inSomeForm(pictures, picture, caption, (shown) =>
        call(route, options, (to): Promise<Message> => {
          const other = { ...caption, ...markupOf(view), ...placement(to) }
          return shown.type === 'photo'
            ? api.sendPhoto(to.chat, shown.media, { ...other, ...(shown.has_spoiler && { has_spoiler: true }) })
            : api.sendDocument(to.chat, shown.media, other)
        }),
      )
      if (outcome.kind === 'done') pictures.sent(picture, outcome.value)
      return posted(outcome)
    },

    /** With the text and buttons of `view`, where it carries them. */
    async file(route: Route, file: ViewFile, view?: View): Promise<Posted> {
      const content = new InputFile(file.content, safeName(file.name))
      const other = view ? { ...captionOf(view), ...markupOf(view) } : {}
      return posted(
        await call(route, options, (to) => api.sendDocument(to.chat, content, { ...other, ...placement(to) })),
      )
    },
  }
}

function posted(outcome: Outcome<Message>): Posted {
  if (outcome.kind !== 'done') throw new ChatError('refused', `a new message was answered with ${outcome.kind}`)
  const { reply: _, ...route } = outcome.route
  return { ...route, message: outcome.value.message_id }
}
