import type { User } from '@grammyjs/types'
import type { CommandInfo } from '../../../src/commands/command.ts'
import type { Actor, Seen } from '../conversation.ts'
import type { Emulator } from './emulator.ts'
import { createPeople } from './people.ts'
import type { Room, Stored } from './world.ts'

/** People who type, press and wait, each at home in one chat. */
export function createActors(emulator: Emulator, commands: readonly CommandInfo[]) {
  const { world } = emulator
  const people = createPeople(emulator)
  return { actor }

  function actor(user: User, room: Room): Actor {
    const isDirect = room.chat.type === 'private'

    return {
      id: String(user.id),
      name: user.first_name,

      async command(name, values = {}) {
        const at = isDirect ? '' : `@${world.me.username}`
        people.say(user, room, `/${name}${at} ${typed(commands, name, values)}`.trim())
      },

      async press(label, on) {
        const stored = on ? find(on.id) : await newest((message) => buttonOf(message, label) !== undefined)
        const data = stored && buttonOf(stored, label)
        if (!stored || !data) throw new Error(`${user.first_name} sees no button ${label}`)
        people.press(user, stored, data)
      },

      async fill(values) {
        const question = await newest(({ asks }) => asks === true)
        // One message is all the answer there is: the words, and the rest as flags.
        people.say(user, question.room, Object.values(values).join(' '), { reply: question })
      },

      async sees(pattern) {
        return world.until(() => {
          const toasts = world.toasts.filter(({ person, text }) => person === user.id && pattern.test(text))
          const texts = visible().filter(({ message }) => pattern.test(textOf(message)))
          const toast = toasts.at(-1)
          const stored = newestOf(texts)
          if (toast && toast.changed > (stored?.changed ?? 0)) return toastSeen(toast)
          return stored && messageSeen(stored)
        })
      },
    }

    function visible(): Stored[] {
      const whispers = [...room.whispers.values()].filter(({ receiver }) => receiver === user.id)
      const own = isDirect ? [] : [...(world.rooms.get(user.id)?.messages.values() ?? [])]
      return [...room.messages.values(), ...whispers, ...own].filter(
        ({ deleted, message }) => !deleted && message.from?.id === world.me.id,
      )
    }

    function find(id: string): Stored | undefined {
      return visible().find((stored) => idOf(stored) === id)
    }

    function newest(matches: (stored: Stored) => boolean): Promise<Stored> {
      return world.until(() => newestOf(visible().filter(matches)))
    }

    function messageSeen(stored: Stored): Seen {
      const { message, receiver } = stored
      const album = message.message_id ? albumOf(stored) : []
      const files = [message, ...album]
      return {
        id: idOf(stored),
        text: textOf(message),
        buttons: message.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [],
        pictures: files.flatMap(({ photo }) => (photo ? [bytes(photo.at(-1)!.file_id)] : [])),
        files: files.flatMap(({ document }) =>
          document ? [{ name: document.file_name ?? '', content: bytes(document.file_id) }] : [],
        ),
        private: receiver !== undefined || stored.room.chat.type === 'private',
      }
    }

    /** The pictures that were sent in answer to this message. */
    function albumOf(stored: Stored) {
      return [...stored.room.messages.values()]
        .map(({ message }) => message)
        .filter((other) => other.media_group_id && other.reply_to_message?.message_id === stored.message.message_id)
    }
  }

  function bytes(fileId: string): Uint8Array {
    return world.files.get(fileId)!.content
  }
}

/** Values as this platform's people type them: words for what takes the rest, flags for the others. */
function typed(commands: readonly CommandInfo[], name: string, values: Readonly<Record<string, unknown>>): string {
  const params = commands.find((command) => command.name === name)?.params ?? []
  const words: string[] = []
  const flags: string[] = []
  for (const [key, value] of Object.entries(values)) {
    const param = params.find((known) => known.name === key)
    if (param?.rest || (param?.required && param.kind !== 'flag')) words.push(String(value))
    else if (value === true) flags.push(`--${key}`)
    else if (value !== false) flags.push(`--${key} ${value}`)
  }
  return [...words, ...flags].join(' ')
}

function buttonOf({ message }: Stored, label: string | RegExp): string | undefined {
  const buttons = message.reply_markup?.inline_keyboard.flat() ?? []
  const button = buttons.find(({ text }) => (typeof label === 'string' ? text === label : label.test(text)))
  return button && 'callback_data' in button ? button.callback_data : undefined
}

function textOf(message: { readonly text?: string; readonly caption?: string }): string {
  return message.text ?? message.caption ?? ''
}

function idOf({ room, message, receiver }: Stored): string {
  return `${room.chat.id}:${receiver === undefined ? message.message_id : `w${message.ephemeral_message_id}`}`
}

function newestOf(stored: readonly Stored[]): Stored | undefined {
  return stored.reduce<Stored | undefined>((best, one) => (one.changed > (best?.changed ?? 0) ? one : best), undefined)
}

function toastSeen({ text, changed }: { readonly text: string; readonly changed: number }): Seen {
  return { id: `toast:${changed}`, text, buttons: [], pictures: [], files: [], private: true }
}
