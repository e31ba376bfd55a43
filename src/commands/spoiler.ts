import type { Job } from '../store/jobs.ts'
import type { Store } from '../store/store.ts'
import { spoilerSwitch } from '../store/switches.ts'

/**
 * Whether a job's pictures are shown covered until somebody opens them: its person wants that, or its chat, or they come
 * from a chat for adults and are seen outside of one. Without `adults` they are seen where they were asked for.
 */
export function isSpoiler({ settings, switches }: Store, job: Job, adults = job.ageRestricted === 'here'): boolean {
  const { person, address, ageRestricted } = job
  if (ageRestricted && !adults) return true
  return wantsSpoiler(settings, person) || switches.get(spoilerSwitch(`${address.platform}:${address.chat}`)) === 'on'
}

export function wantsSpoiler(settings: Store['settings'], person: number): boolean {
  return settings.get(person, 'spoiler') === 'on'
}

/** `chat` is `platform:id`. False: it was so already. */
export function turnSpoiler(switches: Store['switches'], chat: string, value: 'on' | 'off'): boolean {
  if ((switches.get(spoilerSwitch(chat)) ?? 'off') === value) return false
  switches.set(spoilerSwitch(chat), value)
  return true
}
