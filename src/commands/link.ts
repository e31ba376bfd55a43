import { UserError } from '../user-error.ts'
import { defineCommand } from './define.ts'
import { eventOf, once } from './once.ts'

// Long enough to change to the other app and type it, too short to be guessed.
const CODE_LIVES_MS = 10 * 60_000

/** Makes two accounts one person: a code from here, typed there. */
export const link = defineCommand({
  name: 'link',
  params: { code: { kind: 'text', word: true, maxLength: 20 } },
  access: 'everyone',
  run(call, { code }) {
    const { services, person, messages } = call
    const { store, clock, log } = services
    const now = clock.now()
    if (code === undefined) {
      const fresh = services.ids.code()
      store.linkCodes.add(fresh, person, now + CODE_LIVES_MS)
      return { text: messages.link.code(fresh, now + CODE_LIVES_MS), private: true, secret: true }
    }
    const other = once(call, () => {
      const found = store.linkCodes.find(code.toUpperCase(), now)
      if (found === undefined) throw new UserError('bad-code', {})
      if (found === person) throw new UserError('own-code', {})
      store.linkCodes.removeOf(found)
      store.personData.merge(person, found, now)
      return found
    })
    if (other !== person) {
      services.queue.join(person, other)
      log.info({ event: eventOf(call.incoming), from: person, into: other }, 'two accounts are one person now')
    }
    return { text: messages.link.done(store.people.accounts(other).map((account) => account.platform)), private: true }
  },
})
