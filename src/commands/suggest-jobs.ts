import type { Sender, Suggestion } from '../chat.ts'
import { shorten } from '../messages/format.ts'
import type { Services } from '../services.ts'

// Discord: at most 100 characters.
const SUGGESTION_LENGTH = 80
// Older ones are found by `/history`.
const NEWEST = 200

/** The person's own newest jobs whose number or words fit what was typed so far. */
export function suggestJobs({ store }: Services, typed: string, from: Sender): Suggestion[] {
  const person = store.people.find(from.platform, from.id)
  if (person === undefined) return []
  const words = typed.trim()
  const number = words.replace(/^#/u, '')
  return store.jobs
    .history({ person, limit: NEWEST })
    .filter((job) => String(job.id).startsWith(number) || job.prompt.includes(words))
    .map((job) => ({ label: shorten(`#${job.id} ${job.prompt}`, SUGGESTION_LENGTH), value: String(job.id) }))
}
