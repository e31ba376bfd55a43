import type { Button, View } from '../chat.ts'
import { LANGUAGES, type Language } from '../messages/language.ts'
import { messagesIn } from '../messages/messages.ts'
import { lines } from '../messages/text.ts'
import { styleIds, styles } from '../styles.ts'
import { type Call, defineCommand } from './define.ts'
import { ASPECT_WORDS, ASPECTS, drawsShapes, MAX_COUNT } from './drawing.ts'
import { defaultsOf } from './own-defaults.ts'
import { wantsSpoiler } from './spoiler.ts'

const NONE = 'none'
/** Beside what a language calls itself. */
const LANGUAGE_WORDS: Readonly<Record<string, Language>> = { chinese: 'zh', 汉语: 'zh', 英文: 'en', 英语: 'en' }
// A row of buttons holds five on every platform.
const PANEL_ASPECTS = ['1:1', '16:9', '9:16', '4:3', '3:4'] as const

/** One's own defaults, as a panel: what is pressed takes effect at once. */
export const settings = defineCommand({
  name: 'settings',
  params: {
    aspect: { kind: 'choice', choices: [NONE, ...ASPECTS], also: ASPECT_WORDS, alias: ['ar'] },
    count: { kind: 'integer', min: 1, max: MAX_COUNT, alias: ['n'] },
    style: { kind: 'choice', choices: [NONE, ...styleIds] },
    language: { kind: 'choice', choices: LANGUAGES, also: LANGUAGE_WORDS },
    spoiler: { kind: 'choice', choices: ['on', 'off'] },
  },
  access: 'everyone',
  run(call, args) {
    const { store } = call.services
    for (const [name, value] of Object.entries(args)) {
      if (value !== undefined) store.settings.set(call.person, name, value === NONE ? undefined : String(value))
    }
    // The answer to a change of language is in the new one.
    const language = args.language ?? call.language
    return panel({ ...call, language, messages: messagesIn(language) })
  },
})

function panel(call: Call): View {
  const { services, messages, language, incoming } = call
  const own = defaultsOf(call)
  const words = messages.settings
  const style = styles.find(({ id }) => id === own.style)?.name[language]
  const choose = (name: string, value: string | number, label: string, chosen: boolean): Button => ({
    id: `settings:--${name} ${value}`,
    label: chosen ? `✓ ${label}` : label,
    style: chosen ? 'primary' : undefined,
  })
  const languages = LANGUAGES.map((known) =>
    choose('language', known, messagesIn(known).languageName, known === language),
  )
  const counts = Array.from({ length: MAX_COUNT }, (_, i) =>
    choose('count', i + 1, words.pictures(i + 1), (own.count ?? 1) === i + 1),
  )
  const aspects = PANEL_ASPECTS.map((aspect) => choose('aspect', aspect, aspect, (own.aspect ?? '1:1') === aspect))
  // None is the middle one's alone: Discord refuses a message in which two buttons have the same id.
  const at = own.style ? styleIds.indexOf(own.style) : -1
  const styleRow = [
    choose('style', styleIds.at(Math.max(at, 0) - 1)!, '‹', false),
    choose('style', NONE, style ?? words.noStyle, style !== undefined),
    choose('style', styleIds[(at + 1) % styleIds.length]!, '›', false),
  ]
  const spoiler = wantsSpoiler(services.store.settings, call.person)
  const spoilerRow = [choose('spoiler', spoiler ? 'off' : 'on', words.spoiler, spoiler)]
  return {
    kind: incoming.pressed && 'replace',
    text: lines(
      words.title(),
      words.now({ aspect: own.aspect, count: own.count ?? 1, style, spoiler, language: messages.languageName }),
    ),
    buttons: [languages, counts, ...(drawsShapes(services.engine.profile) ? [aspects] : []), styleRow, spoilerRow],
    private: true,
  }
}
