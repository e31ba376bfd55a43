import fc from 'fast-check'
import type { Incoming } from '../../src/chat.ts'
import { commands } from '../../src/commands/registry.ts'
import { eventOf } from './house.ts'

const PEOPLE = ['ann', 'bob', 'eve', 'mo', 'olga'] as const
// Vera's jobs are the first twenty; those after them are anybody's.
const JOBS = fc.integer({ min: -1, max: 60 })

const number = fc.oneof(
  JOBS,
  fc.integer(),
  fc.double(),
  fc.bigInt().map((value) => String(value * 10n ** 40n)),
  fc.constantFrom('1e308', '-0', '0x10', '１２', '٣', '1,5', '.', 'NaN', '9'.repeat(400)),
)
const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    '\u0000',
    '\ud800',
    '\u202e',
    '%s',
    '$&',
    '"; DROP TABLE jobs; --',
    '<@!1>',
    '@everyone',
    '—',
    '--',
    '""',
    '"',
  ),
)
const word = fc.constantFrom(
  'a',
  'fox',
  '狐狸',
  'here',
  'me',
  'everyone',
  'vera',
  'fuzz:vera',
  'eve',
  '7d',
  '2w',
  '16x16',
  '16:9',
)
const names = [
  ...new Set(
    commands.flatMap(({ params }) => Object.entries(params).flatMap(([name, { alias = [] }]) => [name, ...alias])),
  ),
]
const choices = commands.flatMap(({ params }) =>
  Object.values(params).flatMap((param) => (param.kind === 'choice' ? param.choices : [])),
)
const choice = fc.constantFrom(...new Set(choices))
const flag = fc.tuple(fc.constantFrom('--', '—', '–'), fc.constantFrom(...names)).map((parts) => parts.join(''))
const anyText = fc
  .array(fc.oneof({ weight: 3, arbitrary: word }, { weight: 2, arbitrary: flag }, choice, number, noise), {
    maxLength: 8,
  })
  .map((parts) => parts.map(String).join(' '))

// Half of the tries are nearly right, or nothing but the first check would ever be tried.
const text = fc.oneof(
  anyText,
  JOBS.map(String),
  fc.tuple(word, word, flag, number).map((parts) => parts.join(' ')),
  word,
)

const command = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...commands.map(({ name }) => name)) },
  { weight: 1, arbitrary: noise },
)
const values = fc.dictionary(
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, fc.constantFrom('__proto__', 'constructor', '')),
  fc.oneof(
    text,
    number.map((value) => value as string | number),
    fc.boolean(),
    choice,
  ),
  { maxKeys: 3 },
)
const attachment = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 60 }).map(pngOf))
// Admins close the line and block people: seldom, so that most tries reach further than that.
const person = fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...PEOPLE.slice(0, 4)) }, fc.constant(PEOPLE[4]))

/** Whatever may arrive at the door, from anybody but Vera. */
export const anything: fc.Arbitrary<Incoming> = fc
  .record(
    {
      who: person,
      room: fc.constantFrom('hall', 'den'),
      key: fc.uuid(),
      command,
      text,
      values: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, values),
      attachment: fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, attachment),
      pressed: fc.boolean(),
      locale: fc.constantFrom('en', 'zh-CN', 'tlh', ''),
    },
    { requiredKeys: ['who', 'room', 'key', 'command', 'pressed', 'locale'] },
  )
  .map(({ who, room, key, command, text, values, attachment, pressed, locale }) => {
    const event = eventOf(who, room, key)
    return {
      ...event,
      from: { ...event.from, locale, moderator: who === 'mo' },
      command,
      ...(text !== undefined && { text }),
      ...(values && { values }),
      ...(attachment && { attachment: async () => attachment }),
      ...(pressed && { pressed: { platform: 'fuzz', ref: 'posted' } }),
    }
  })

/** The beginning of a PNG, then anything: as chunks it reads on for a while. */
function pngOf(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(`parameters\0a fox\nSteps: 4, Seed: ${bytes[0] ?? 0}, Size: 16x16`)
  const head = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, text.length])
  return Buffer.concat([head, Buffer.from('tEXt'), text, bytes])
}
