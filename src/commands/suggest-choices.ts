import type { Sender, Suggestion } from '../chat.ts'
import type { Services } from '../services.ts'
import { languageFor } from './caller.ts'
import type { ParamInfo } from './command.ts'

/** The choices whose value, or whose label in the person's language, holds what was typed so far. */
export function suggestChoices(
  services: Services,
  { choices = [] }: ParamInfo,
  typed: string,
  from: Sender,
): Suggestion[] {
  const language = languageFor(services, from)
  const words = typed.trim().toLowerCase()
  return choices
    .map(({ value, label }) => ({ label: label[language], value }))
    .filter(({ label, value }) => [label, value].some((name) => name.toLowerCase().includes(words)))
}
