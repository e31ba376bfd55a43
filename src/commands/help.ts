import type { Text } from '../chat.ts'
import type { Language } from '../messages/language.ts'
import { code, lines, say } from '../messages/text.ts'
import { UserError } from '../user-error.ts'
import { mayUse } from './access.ts'
import type { CommandInfo, ParamInfo } from './command.ts'
import { type Call, defineCommand } from './define.ts'
import { usualSize } from './drawing.ts'
import { imagine } from './imagine.ts'
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
      const name = args.command.replace(/^\//u, '').toLowerCase()
      const command = offered.find((known) => known.name === name)
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
  const settings = command.name === imagine.name ? settingsOf(call) : {}
  const rows = command.params.map((param) =>
    messages.help.param({
      name: param.rest ? param.name : flagsOf(param),
      description: param.description[language],
      required: param.required,
      values: valuesOf({ ...param, ...settings[param.name]?.limits }),
      usual: settings[param.name]?.usual,
    }),
  )
  return lines(rowOf(command, language), ...rows)
}

function rowOf({ name, description }: CommandInfo, language: Language): Text {
  return say`${code(`/${name}`)} ${description[language]}`
}

/** Every way to type it: what others write, and what `/help` itself shows, is found here. */
function flagsOf({ name, alias = [] }: ParamInfo): string {
  return [name, ...alias].map((flag) => `--${flag}`).join(', ')
}

interface Setting {
  readonly usual: string | number | undefined
  readonly limits?: Pick<ParamInfo, 'max'>
}

/** What becomes of a picture's settings that this person leaves out, and what the loaded model takes. */
function settingsOf(call: Call): Readonly<Record<string, Setting>> {
  const { profile } = call.services.engine
  const { aspect, count, style } = defaultsOf(call)
  const { widthPx, heightPx } = usualSize(profile, aspect)
  return {
    size: { usual: `${widthPx}x${heightPx}` },
    steps: { usual: profile.steps, limits: { max: profile.maxSteps } },
    guidance: { usual: profile.guidance },
    count: { usual: count },
    style: { usual: style },
  }
}

function valuesOf({ choices, min, max }: ParamInfo): string | undefined {
  if (choices) return choices.map((choice) => choice.value).join(', ')
  return min !== undefined && max !== undefined && max < Number.MAX_SAFE_INTEGER - 10 ? `${min}–${max}` : undefined
}
