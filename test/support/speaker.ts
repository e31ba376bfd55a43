import type { Attachment, Incoming, MessageRef, View } from '../../src/chat.ts'
import { plain } from '../../src/messages/text.ts'
import type { House } from './house.ts'

export interface Said extends Partial<Omit<Incoming, 'from' | 'command' | 'attachment'>> {
  readonly from?: string
  readonly chat?: string
  readonly roles?: readonly string[]
  readonly moderator?: boolean
  readonly locale?: string
  readonly direct?: boolean
  readonly ageRestricted?: boolean
  /** Or what fetches it. */
  readonly attachment?: Attachment | (() => Promise<Attachment>)
}

/** People who speak to a house's door, and what they are answered: the core without any platform. */
export function createSpeaker(house: House) {
  let events = 0
  let replies = 0
  const speaker = {
    /** The one view that answers. Throws where there is none, or more than one. */
    async say(command: string, said: Said = {}): Promise<View> {
      const { from = 'ann', chat = 'room', roles, moderator, locale, direct, ageRestricted, attachment, ...rest } = said
      const views: View[] = []
      const incoming: Incoming = {
        key: `event-${++events}`,
        address: { platform: 'scripted', chat, route: chat },
        ...rest,
        ...(attachment && { attachment: typeof attachment === 'function' ? attachment : async () => attachment }),
        command,
        from: {
          platform: 'scripted',
          id: from,
          name: from,
          ...(roles && { roles }),
          ...(moderator !== undefined && { moderator }),
          ...(locale && { locale }),
          ...(direct && { direct }),
          ...(ageRestricted && { ageRestricted }),
        },
      }
      await house.service.core.dispatch(incoming, async (view) => {
        views.push(view)
        return view.kind === 'notice' || view.form
          ? undefined
          : ({ platform: 'scripted', ref: `answer-${++replies}` } satisfies MessageRef)
      })
      if (views.length !== 1) throw new Error(`expected one answer to /${command}, got ${views.length}`)
      return views[0]!
    },
    /** What a person reads in the answer. */
    async hears(command: string, said: Said = {}): Promise<string> {
      return plain((await speaker.say(command, said)).text)
    },
    /** Asks for a picture and lets the time pass that it takes. Its job's id. */
    async draws(text: string, said: Said = {}): Promise<number> {
      const { job } = await speaker.say('imagine', { ...said, text })
      if (job === undefined) throw new Error(`expected a job for ${text}`)
      const done = house.becomes(job, 'succeeded')
      await house.clock.pass(60_000)
      await done
      await house.clock.pass(1000)
      return job
    },
  }
  return speaker
}
