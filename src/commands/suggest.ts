import type { Sender, Suggestion } from '../chat.ts'
import type { Services } from '../services.ts'
import type { AnyCommand } from './define.ts'
import { infoOf } from './info.ts'
import { suggestChoices } from './suggest-choices.ts'
import { suggestJobs } from './suggest-jobs.ts'
import { suggestPrompts } from './suggest-prompts.ts'

// Discord shows no more.
const SUGGESTIONS = 25

/** Values for a parameter of which the person has typed the beginning, at most 25; none where the command has no such parameter. */
export function suggest(
  services: Services,
  command: AnyCommand,
  param: string,
  typed: string,
  from: Sender,
): readonly Suggestion[] {
  return matching(services, command, param, typed, from).slice(0, SUGGESTIONS)
}

function matching(services: Services, command: AnyCommand, param: string, typed: string, from: Sender): Suggestion[] {
  if (!Object.hasOwn(command.params, param)) return []
  const { suggests } = command.params[param]!
  switch (suggests) {
    case 'jobs':
      return suggestJobs(services, typed, from)
    case 'prompts':
      return suggestPrompts(services, typed, from)
    case 'choices':
      return suggestChoices(services, infoOf(command).params.find(({ name }) => name === param)!, typed, from)
    case undefined:
      return []
    default:
      return suggests satisfies never
  }
}
