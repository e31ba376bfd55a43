import type { Text } from '../chat.ts'
import type { Language } from '../messages/language.ts'
import { code, lines, say } from '../messages/text.ts'
import { UserError } from '../user-error.ts'
import { mayUse } from './access.ts'
import type { CommandInfo, Localised, ParamInfo } from './command.ts'
import { type Call, defineCommand } from './define.ts'
import { usualSize } from './drawing.ts'
import { imagine } from './imagine.ts'
import { labelsOf } from './info.ts'
import { defaultsOf } from './own-defaults.ts'

/** All commands a person may use, or one of them with everything it takes. `table` is asked when somebody asks. */
export function helpOn(table: () => readonly CommandInfo[]) {
  return defineCommand({
    name: 'help',
    params: { command: { kind: 'text', word: true, maxLength: 40 } },
    access: 'everyone',
    run(call, args) {
      const offered = table().filter((command) => !command.hidden && mayUse(call, command.access))
      if (args.command === undefined) return { text: overview(call, offered), private: true }
      const name = args.command.replace(/^[/／]/u, '').toLowerCase()
      const command = offered.find((known) => Object.values(known.label).includes(name))
      if (!command) throw new UserError('unknown-command', { command: name })
      return { text: details(call, command), private: true }
    },
  })
}

function overview({ messages, language }: Call, commands: readonly CommandInfo[]): Text {
  const rows = commands.map((command) => rowOf(command, language))
  return lines(messages.help.title(), ...rows, messages.help.more())
}

function details(call: Call, command: CommandInfo): Text {
  const { messages, language } = call
  const { list } = messages.help
  const settings = command.name === imagine.name ? settingsOf(call) : {}
  const rows = command.params.map((param) =>
    messages.help.param({
      name: param.rest ? param.label[language] : list(flagsOf(param, language)),
      description: param.description[language],
      required: param.required,
      values: valuesOf({ ...param, ...settings[param.name]?.limits }, call),
      usual: settings[param.name]?.usual,
    }),
  )
  return lines(rowOf(command, language), ...rows)
}

function rowOf({ name, description }: CommandInfo, language: Language): Text {
  return say`${code(`/${name}`)} ${description[language]}`
}

/** Every way to type it: what others write, and what `/help` itself shows, is found here. */
function flagsOf({ name, label, alias = [] }: ParamInfo, language: Language): string[] {
  return [...new Set([label[language], name, ...alias])].map((flag) => `--${flag}`)
}

interface Setting {
  readonly usual: string | number | undefined
  readonly limits?: Pick<ParamInfo, 'max'>
}

/** What becomes of a picture's settings that this person leaves out, and what the loaded model takes. */
function settingsOf(call: Call): Readonly<Record<string, Setting>> {
  const { language } = call
  const { profile } = call.services.engine
  const { aspect, count, style } = defaultsOf(call)
  const { widthPx, heightPx } = usualSize(profile, aspect)
  return {
    size: { usual: `${widthPx}x${heightPx}` },
    steps: { usual: profile.steps, limits: { max: profile.maxSteps } },
    guidance: { usual: profile.guidance },
    count: { usual: count },
    style: { usual: style && typedIn(language, { value: style, label: labelsOf('imagine')[style]! }) },
  }
}

function valuesOf({ choices, min, max }: ParamInfo, { messages, language }: Call): string | undefined {
  if (choices) return messages.help.list(choices.map((choice) => typedIn(language, choice)))
  return min !== undefined && max !== undefined && max < Number.MAX_SAFE_INTEGER - 10 ? `${min}–${max}` : undefined
}

/** What one types for a choice: in English its value, for its label is words about it. */
function typedIn(language: Language, { value, label }: { readonly value: string; readonly label: Localised }): string {
  return language === 'en' ? value : label[language]
}
