import { createTerminal, type Terminal } from '../../../adapters/terminal/terminal.ts'
import { type Chat, ChatError, type Core, type MessageRef } from '../../../src/chat.ts'
import { terminalWords } from '../../../src/messages/terminal.ts'
import type { Actor, PersonOptions, Seen, Stage } from '../conversation.ts'
import { ADMIN, createStageHouse } from '../stage-house.ts'
import { createKeyboard } from './keyboard.ts'
import { createPaper } from './paper.ts'

interface Seat {
  readonly terminal: Terminal
  readonly leave: () => Promise<void>
}

/** A terminal for each person, all of one house: what a network of terminals would be. */
export async function createStage(): Promise<Stage> {
  const house = createStageHouse()
  const seats = new Map<string, Seat>()
  const { core } = await house.open([switchboard(seats)], `terminal:${ADMIN}`)

  return {
    platform: 'terminal',
    engine: house.engine,
    person: (name, options = {}) => sitDown(name, options),
    async close() {
      for (const { leave } of seats.values()) await leave()
      await house.close()
    },
  }

  function sitDown(name: string, options: PersonOptions): Actor {
    const keyboard = createKeyboard()
    const paper = createPaper()
    const terminal = createTerminal({
      input: keyboard,
      output: paper,
      errors: paper,
      env: {},
      dataDir: house.folder,
      words: terminalWords.en,
      now: Date.now,
    })
    const over = terminal.talk(heardBy(core, name, options))
    seats.set(name, {
      terminal,
      async leave() {
        keyboard.end()
        await over
      },
    })

    return {
      id: name,
      name,
      command: async (command, values = {}) => keyboard.type(`/${command} ${flags(values)}`),
      async press(label, on) {
        const seen = on ?? (await paper.newest((sheet) => sheet.buttons.some((button) => matches(button, label))))
        const own = paper.choice(seen.id, (button) => matches(button, label))
        keyboard.type(own === undefined ? asTyped(seen, label) : String(own))
      },
      async fill(values) {
        for (const value of Object.values(values)) keyboard.type(value)
      },
      sees: (pattern) => paper.newest(({ text }) => pattern.test(text)),
    }
  }
}

/** The core as it hears whoever sits at one of the terminals: a terminal itself knows but one person. */
function heardBy(core: Core, name: string, { locale, moderator, direct }: PersonOptions): Core {
  return {
    ...core,
    dispatch: (incoming, respond) =>
      core.dispatch(
        {
          ...incoming,
          key: `${name}-${incoming.key}`,
          from: { ...incoming.from, id: name, name, locale, moderator },
          address: { platform: 'terminal', chat: direct ? `${name}'s own` : 'hall', route: name },
          pressed: incoming.pressed && ownedBy(name, incoming.pressed),
        },
        async (view) => {
          const message = await respond(view)
          return message && ownedBy(name, message)
        },
      ),
  }
}

function ownedBy(name: string, { platform, ref }: MessageRef): MessageRef {
  return { platform, ref: [name, ref] }
}

/** One platform of several terminals: an address says whose, and so does a reference. */
function switchboard(seats: ReadonlyMap<string, Seat>): Chat {
  const at = (name: string): Chat => {
    const seat = seats.get(name)
    if (!seat) throw new ChatError('gone', `nobody called ${name} sits here`)
    return seat.terminal.chat
  }
  return {
    platform: 'terminal',
    paceMs: () => 0,
    async post(address, view, key) {
      const name = String(address.route)
      return ownedBy(name, await at(name).post(address, view, key))
    },
    async update({ platform, ref }, view) {
      const [name, own] = ref as [string, string]
      await at(name).update({ platform, ref: own }, view)
    },
  }
}

/** The words are last: a flag of text takes all that follows. */
function flags(values: Readonly<Record<string, string | number | boolean>>): string {
  const { prompt = '', search = '', ...others } = values
  const named = Object.entries(others).map(([name, value]) => (value === true ? `--${name}` : `--${name}="${value}"`))
  return [...named, prompt, search].join(' ').trim()
}

/** Somebody else's choices have no number here, but their pictures do: `/again 12`. */
function asTyped(seen: Seen, label: string | RegExp): string {
  const button = seen.buttons.find((button) => matches(button, label))
  const command = button?.split(' ').at(-1)?.toLowerCase().replace('delete', 'remove')
  return `/${command} ${/#(\d+)/u.exec(seen.text)?.[1]}`
}

function matches(button: string, label: string | RegExp): boolean {
  return typeof label === 'string' ? button === label : label.test(button)
}
