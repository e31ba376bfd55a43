import type { Asker } from '../quota.ts'
import type { Services } from '../services.ts'
import type { Job } from '../store/jobs.ts'
import type { Call } from './define.ts'

/** Whose credits, and by which rules. */
export function askerOf({ person, incoming }: Call): Asker {
  const { platform, chat } = incoming.address
  return { person, platform, chat, roles: incoming.from.roles }
}

/**
 * Who asked for a job, or is looked at from a chat, with the roles they had when they last spoke: what is left to them
 * depends on those.
 */
export function askerOfJob(store: Services['store'], { person, address }: Pick<Job, 'person' | 'address'>): Asker {
  const { platform, chat } = address
  return { person, platform, chat, roles: JSON.parse(store.settings.get(person, nameOf(platform)) ?? '[]') as string[] }
}

/** Remembers the roles a person has on a platform; to be called when they speak. */
export function rememberRoles({ services, person, incoming }: Call): void {
  const { platform, roles } = incoming.from
  if (!roles) return
  const { settings } = services.store
  const told = roles.length > 0 ? JSON.stringify(roles) : undefined
  if (settings.get(person, nameOf(platform)) !== told) settings.set(person, nameOf(platform), told)
}

function nameOf(platform: string): string {
  return `roles on ${platform}`
}
