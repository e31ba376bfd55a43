import { UserError } from '../user-error.ts'
import type { Call } from './define.ts'
import { findDeniedWord } from './denied-words.ts'

/** Throws when this person, this chat or these words may not ask for pictures. Admins (`isAdmin`) are never shut out by verdicts. */
export function checkAllowed(call: Call, texts: readonly string[]): void {
  checkVerdicts(call)
  const word = findDeniedWord(call.services.store.deniedWords.all(), texts.join('\n'))
  if (word !== undefined) throw new UserError('denied-word', { word })
}

function checkVerdicts({ services, person, incoming, admin }: Call): void {
  if (admin) return
  const { store, config } = services
  const now = services.clock.now()
  const { platform, chat } = incoming.address
  const ofPerson = store.verdicts.get('person', String(person), now)
  const ofChat = store.verdicts.get('chat', `${platform}:${chat}`, now)
  if (ofPerson?.verdict === 'blocked') {
    throw new UserError('blocked', { reason: ofPerson.reason, until: ofPerson.expiresAt })
  }
  if (ofChat?.verdict === 'blocked') throw new UserError('chat-closed', { reason: ofChat.reason })
  if (config.chats !== 'open' && ofChat?.verdict !== 'allowed' && ofPerson?.verdict !== 'allowed') {
    throw new UserError('chat-not-open', {})
  }
}
