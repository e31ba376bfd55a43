import { en } from '../messages/en.ts'
import { zh } from '../messages/zh.ts'
import { zhNames } from '../messages/zh-commands.ts'
import type { Labels } from './check-values.ts'
import type { CommandInfo, Localised, ParamInfo } from './command.ts'
import type { AnyCommand } from './define.ts'
import type { Param } from './params.ts'

/** What is said of a command. A choice without a label is its own. */
interface CommandWords {
  readonly description: string
  readonly params: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly onPicture?: string
}

/** A command and its words in all languages, as adapters see it. */
export function infoOf(command: AnyCommand): CommandInfo {
  const words = {
    en: named<CommandWords>(en.commands, command.name),
    zh: named<CommandWords>(zh.commands, command.name),
  }
  const each = (read: (words: CommandWords) => string): Localised => ({ en: read(words.en), zh: read(words.zh) })
  const params = Object.entries(command.params).map(([name, param]): ParamInfo => {
    const choices = param.kind === 'choice' ? param.choices : undefined
    return {
      ...limitsOf(param),
      name,
      label: { en: name, zh: named(zhNames.params, name) },
      ...(param.alias && { alias: param.alias }),
      description: each((words) => words.params[name]!),
      kind: param.kind,
      required: param.required ?? false,
      ...(choices && {
        choices: choices.map((value) => ({ value, label: each((words) => words.labels?.[value] ?? value) })),
      }),
      ...(param.suggests && { suggests: true }),
    }
  })
  return {
    name: command.name,
    label: labelOf(command.name),
    description: each((words) => words.description),
    params,
    access: command.access,
    ...(command.onPicture && { onPicture: each((words) => words.onPicture!) }),
    ...(command.hidden && { hidden: true }),
  }
}

/** What a command is called. */
export function labelOf(command: string): Localised {
  return { en: command, zh: named(zhNames.commands, command) }
}

/** What the choices of a command are called, by value. */
export function labelsOf(command: string): Labels {
  const [english, chinese] = [en, zh].map(({ commands }) => named<CommandWords>(commands, command).labels ?? {})
  return Object.fromEntries(
    Object.keys(english!).map((value) => [value, { en: english![value]!, zh: chinese![value] ?? value }]),
  )
}

function limitsOf(param: Param): Pick<ParamInfo, 'min' | 'max' | 'maxLength' | 'rest'> {
  switch (param.kind) {
    case 'text':
      return { maxLength: param.maxLength, ...(param.rest && { rest: true }) }
    case 'integer':
    case 'number':
      return { ...(param.min !== undefined && { min: param.min }), ...(param.max !== undefined && { max: param.max }) }
    case 'choice':
    case 'flag':
      return {}
    default:
      return param satisfies never
  }
}

function named<T>(all: Readonly<Record<string, T>>, name: string): T {
  const found = all[name]
  if (!found) throw new Error(`expected words for ${name} in the messages, got none`)
  return found
}
