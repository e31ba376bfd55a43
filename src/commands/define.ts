import type { Incoming, View } from '../chat.ts'
import type { Language } from '../messages/language.ts'
import type { Messages } from '../messages/messages.ts'
import type { Services } from '../services.ts'
import type { Access } from './command.ts'
import type { Args, Params } from './params.ts'

/** Who asks, where, and everything a command may use to answer. */
export interface Call {
  readonly services: Services
  readonly incoming: Incoming
  readonly person: number
  /** `platform:account`: named in the audit, and as who cancelled a job. */
  readonly actor: string
  readonly language: Language
  readonly messages: Messages
  /** In `ADMINS`. */
  readonly admin: boolean
  /** Looks after this chat, by the platform's rights; admins look after all. */
  readonly moderator: boolean
}

/** A command is data plus `run`. Its words are in the messages, under its name. */
interface Command<P extends Params = Params> {
  readonly name: string
  readonly params: P
  readonly access: Access
  /** Also offered on messages that hold a picture. */
  readonly onPicture?: boolean
  readonly hidden?: boolean
  /** Throws a `UserError` for what the person should know; anything else thrown is a fault of ours. */
  run(call: Call, args: Args<P>): View | Promise<View>
}

/** A command whose arguments only its own `run` knows. */
export type AnyCommand = Command<Params>

/** Infers the types of a command's arguments from its params. */
export function defineCommand<const P extends Params>(command: Command<P>): Command<P> {
  return command
}
