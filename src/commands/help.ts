import type { ModelProfile } from '../../engine/engine.ts'
import type { Text } from '../chat.ts'
import { join, lines } from '../messages/text.ts'
import { UserError } from '../user-error.ts'
import { mayUse } from './access.ts'
import type { CommandInfo, ParamInfo } from './command.ts'
import { type Call, defineCommand } from './define.ts'
import { imagine } from './imagine.ts'

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
  const rows = commands.map((command) => messages.help.row(command.name, command.description[language]))
  return lines(messages.help.title(), ...rows, messages.help.more())
}

function details({ services, messages, language }: Call, command: CommandInfo): Text {
  const model = command.name === imagine.name ? settingsOf(services.engine.profile) : {}
  const rows = command.params.map((param) =>
    messages.help.param({
      name: param.rest ? param.name : `--${param.name}`,
      description: param.description[language],
      required: param.required,
      values: valuesOf({ ...param, ...model[param.name]?.limits }),
      usual: model[param.name]?.usual,
    }),
  )
  return lines(join([messages.help.row(command.name, command.description[language])], ''), ...rows)
}

interface ModelSetting {
  readonly usual: string | number
  readonly limits?: Pick<ParamInfo, 'max'>
}

/** What the loaded model makes of a picture's settings that are left out, and what it takes. */
function settingsOf({
  widthPx,
  heightPx,
  steps,
  maxSteps,
  guidance,
}: ModelProfile): Readonly<Record<string, ModelSetting>> {
  return {
    size: { usual: `${widthPx}x${heightPx}` },
    steps: { usual: steps, limits: { max: maxSteps } },
    guidance: { usual: guidance },
  }
}

function valuesOf({ choices, min, max }: ParamInfo): string | undefined {
  if (choices) return choices.map((choice) => choice.value).join(', ')
  return min !== undefined && max !== undefined && max < Number.MAX_SAFE_INTEGER - 10 ? `${min}–${max}` : undefined
}
