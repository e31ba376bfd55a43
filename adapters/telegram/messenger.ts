import type { Api } from 'grammy'
import { ChatError, hasFiles, type View } from '../../src/chat.ts'
import type { Albums } from './albums.ts'
import type { Call } from './call.ts'
import { createChanges } from './changes.ts'
import type { Originals } from './originals.ts'
import type { Pictures } from './pictures.ts'
import { lengthOf, MAX_CAPTION } from './render.ts'
import { alone, isGroup, nameOf, type Posted, type Route } from './route.ts'
import { createSends } from './sends.ts'
import type { Whispers } from './whispers.ts'
import type { Working } from './working.ts'

export type Messenger = ReturnType<typeof createMessenger>

interface Deps {
  readonly api: Api
  readonly call: Call
  readonly pictures: Pictures
  readonly albums: Albums
  readonly whispers: Whispers
  readonly originals: Originals
  readonly working: Working
}

/** Views as messages: made, changed, removed. Everything rejects with a `ChatError`. */
export function createMessenger({ api, call, pictures, albums, whispers, originals, working }: Deps) {
  const sends = createSends({ api, call, pictures })
  const changes = createChanges({ api, call, pictures })
  // What messages show that wait for their end. An edit takes a place in a group's minute also where it changes nothing.
  const latest = new Map<string, string>()

  return {
    /** `name` is the post's own: an album that was sent under it is not sent again. */
    async post(wanted: Route, view: View, name: string): Promise<Posted> {
      const isHeavy = view.job !== undefined || hasFiles(view)
      const route = view.private && isHeavy ? alone(wanted) : wanted
      const shown = view.pictures ?? []
      const { message, files } = await sendMain(route, view, name)
      originals.note(message, shown)
      noteLatest(message, view)
      for (const file of files) await sends.file({ ...message, reply: message.message }, file)
      // The message would have ended it.
      if (view.computing) working.hint(message)
      return message
    },

    /** `gone` also where the message had to go with its picture, and what the view says needs a message of its own. */
    async update(posted: Posted, view: View): Promise<void> {
      if (posted.ephemeral) return whispers.update(posted, view)
      if (view.computing) working.begin(posted)
      try {
        if (latest.get(nameOf(posted)) === JSON.stringify(view)) return
        latest.delete(nameOf(posted))
        await change(posted, view)
        noteLatest(posted, view)
      } finally {
        if (!view.computing) working.end(posted)
      }
    },

    /** Takes a message away. False when the platform will not (older than 48 hours). */
    remove(posted: Posted): Promise<boolean> {
      originals.note(posted, [])
      return changes.remove(posted)
    },
  }

  function noteLatest(posted: Posted, view: View): void {
    if (view.working) latest.set(nameOf(posted), JSON.stringify(view))
  }

  async function change(posted: Posted, view: View): Promise<void> {
    const shown = view.pictures ?? []
    const [only] = shown
    originals.note(posted, shown)
    if (only && shown.length === 1) return changes.toPicture(posted, view, only)
    albums.rename(posted, orphanOf(view), nameOf(posted))
    if (only) await albums.send({ ...posted, reply: posted.message }, shown, nameOf(posted))
    else await albums.remove(posted, nameOf(posted))
    try {
      await changes.toText(posted, view)
    } catch (error) {
      // The core posts the job anew: the album that is there already is that message's.
      if (error instanceof ChatError && error.code === 'gone') albums.rename(posted, nameOf(posted), orphanOf(view))
      throw error
    }
  }

  /** The message with the buttons, and the files that did not go with it. */
  async function sendMain(route: Route, view: View, name: string) {
    const { pictures: shown = [], files = [] } = view
    const [only] = shown
    if (only && shown.length === 1) return { message: await sends.picture(route, view, only), files }
    if (only) {
      const album = view.job === undefined ? name : orphanOf(view)
      await albums.send(route, shown, album)
      const message = await sends.text(route, view)
      albums.rename(message, album, nameOf(message))
      return { message, files }
    }
    const [first, ...rest] = files
    if (first && lengthOf(view.text) <= MAX_CAPTION)
      return { message: await sends.file(route, first, view), files: rest }
    const whispered = view.private && isGroup(route.chat) ? await whispers.post(route, view) : undefined
    return { message: whispered ?? (await sends.text(view.secret ? alone(route) : route, view)), files }
  }
}

/** The name of a job's album as long as no message with its buttons is there: a repeat finds it, whichever way it goes. */
function orphanOf({ job }: View): string {
  return `job:${job}`
}
