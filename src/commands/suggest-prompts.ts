import type { Sender, Suggestion } from '../chat.ts'
import { shorten } from '../messages/format.ts'
import type { Services } from '../services.ts'

// Discord: at most 100 characters. A longer prompt is left out: half of it is another picture.
const SUGGESTION_LENGTH = 100
// Older ones are found by `/history`.
const NEWEST = 200

/** The person's own prompts that hold the words typed so far, newest first: those that `/history` shows them. */
export function suggestPrompts({ store }: Services, typed: string, from: Sender): Suggestion[] {
  const person = store.people.find(from.platform, from.id)
  if (person === undefined) return []
  const words = typed.trim()
  const jobs =
    words === ''
      ? store.jobs.history({ person, limit: NEWEST })
      : store.prompts.search({ person, words, limit: NEWEST })
  const prompts = new Set(jobs.map(({ prompt }) => prompt))
  return [...prompts]
    .filter((prompt) => prompt !== '' && prompt.length <= SUGGESTION_LENGTH)
    .map((prompt) => ({ label: shorten(prompt, SUGGESTION_LENGTH), value: prompt }))
}
