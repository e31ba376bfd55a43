import type { Sender, Suggestion } from '../chat.ts'
import { shorten } from '../messages/format.ts'
import type { Language } from '../messages/language.ts'
import type { Services } from '../services.ts'
import type { Store } from '../store/store.ts'
import { languageFor } from './caller.ts'
import type { ParamInfo } from './command.ts'
import type { AnyCommand } from './define.ts'
import { infoOf } from './info.ts'

// Discord shows no more, and of each at most so many characters.
const SUGGESTIONS = 25
const LENGTH = 100
// Older ones are found by `/history`.
const NEWEST = 200

/** Values for a parameter of which the person has typed the beginning, at most 25; none where the command has no such parameter. */
export function suggest(
  services: Services,
  command: AnyCommand,
  param: string,
  typed: string,
  from: Sender,
): readonly Suggestion[] {
  return matching(services, command, param, typed.trim(), from).slice(0, SUGGESTIONS)
}

function matching(services: Services, command: AnyCommand, param: string, words: string, from: Sender): Suggestion[] {
  if (!Object.hasOwn(command.params, param)) return []
  const { suggests } = command.params[param]!
  const { store } = services
  const own = (suggest: typeof ownJobs): Suggestion[] => {
    const person = store.people.find(from.platform, from.id)
    return person === undefined ? [] : suggest(store, person, words)
  }
  switch (suggests) {
    case 'jobs':
      return own(ownJobs)
    case 'prompts':
      return own(ownPrompts)
    case 'choices':
      return choices(infoOf(command).params.find(({ name }) => name === param)!, languageFor(services, from), words)
    case undefined:
      return []
    default:
      return suggests satisfies never
  }
}

/** The newest jobs whose number or words fit. */
function ownJobs({ jobs }: Store, person: number, words: string): Suggestion[] {
  const number = words.replace(/^#/u, '')
  // Phones begin with a capital.
  const sought = words.toLowerCase()
  return jobs
    .history({ person, limit: NEWEST })
    .filter((job) => String(job.id).startsWith(number) || job.prompt.toLowerCase().includes(sought))
    .map((job) => ({ label: shorten(`#${job.id} ${job.prompt}`, LENGTH), value: String(job.id) }))
}

/** The prompts that hold the words, newest first: those that `/history` shows. One that is too long is half of another picture. */
function ownPrompts({ jobs, prompts }: Store, person: number, words: string): Suggestion[] {
  const window = { person, limit: NEWEST }
  const found = words === '' ? jobs.history(window) : prompts.search({ ...window, words })
  return [...new Set(found.map(({ prompt }) => prompt))]
    .filter((prompt) => prompt !== '' && prompt.length <= LENGTH)
    .map((prompt) => ({ label: shorten(prompt, LENGTH), value: prompt }))
}

/** The choices whose value, or whose label in the person's language, holds the words. */
function choices({ choices = [] }: ParamInfo, language: Language, words: string): Suggestion[] {
  return choices
    .map(({ value, label }) => ({ label: label[language], value }))
    .filter((one) => Object.values(one).some((name) => name.toLowerCase().includes(words.toLowerCase())))
}
