import type { Message } from 'grammy/types'
import type { Address, MessageRef } from '../../src/chat.ts'

export const platform = 'telegram'

/** Where an answer goes: stored with a job as its address's `route`. A type and not an interface, so that it is JSON. */
export type Route = {
  readonly chat: number
  /** The forum topic. */
  readonly thread?: number
  /** The message to answer, where several people talk. */
  readonly reply?: number
  /** Who asked: the one who sees a private answer in a group. */
  readonly person?: number
}

/** A message of ours: stored with a job as its reference. */
export type Posted = Route & {
  readonly message: number
  /** Seen by `person` alone: `message` is then the id among such messages. */
  readonly ephemeral?: true
}

/** Group and supergroup ids are negative, people's are positive. */
export function isGroup(chat: number): boolean {
  return chat < 0
}

/** The account that a route leads to: in a group who asked, else whose private chat it is. */
export function accountAt({ chat, person = chat }: Route): string {
  return String(person)
}

export function addressOf(route: Route): Address {
  return { platform, chat: String(route.chat), route }
}

export function routeOf(address: Address): Route {
  return address.route as Route
}

export function refOf(posted: Posted): MessageRef {
  return { platform, ref: posted }
}

export function postedOf(ref: MessageRef): Posted {
  return ref.ref as Posted
}

/** The route back to a message: its chat, its topic, and in a group an answer to it, where it has an id: a whisper has 0. */
export function routeBack(
  message: Pick<Message, 'chat' | 'message_id' | 'message_thread_id' | 'is_topic_message'>,
  person: number,
): Route {
  return {
    chat: message.chat.id,
    // A thread id without a topic is only a chain of replies, also in a forum's general topic: the platform refuses to be sent there.
    ...(message.is_topic_message && message.message_thread_id !== undefined && { thread: message.message_thread_id }),
    ...(isGroup(message.chat.id) && { person, ...(message.message_id > 0 && { reply: message.message_id }) }),
  }
}

/** From a group to the chat with the person alone. Where they never wrote to the bot, that is `gone`. */
export function alone(route: Route): Route {
  return isGroup(route.chat) && route.person ? { chat: route.person } : route
}

/**
 * Where a new message goes within its chat. In a group it makes no sound: whoever asked is looking, and for all others it
 * is talk of somebody else's.
 */
export function placement({ chat, thread, reply }: Route) {
  return {
    ...(isGroup(chat) && { disable_notification: true }),
    ...(thread !== undefined && { message_thread_id: thread }),
    ...(reply !== undefined && { reply_parameters: { message_id: reply, allow_sending_without_reply: true } }),
  }
}

/** A message's name among the notes. Whispers are counted for themselves: their ids are other messages', too. */
export function nameOf({ chat, message, ephemeral }: Posted): string {
  return `${chat}:${ephemeral ? `whisper ${message}` : message}`
}
