import type { Asker } from '../quota.ts'
import type { Call } from './define.ts'

/** Whose credits, and by which rules. */
export function askerOf({ person, incoming }: Pick<Call, 'person' | 'incoming'>): Asker {
  const { platform, chat } = incoming.address
  const { roles } = incoming.from
  return { person, platform, chat, ...(roles && { roles }) }
}
